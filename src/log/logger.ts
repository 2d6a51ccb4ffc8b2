import winston from 'winston';
import { redact, redactText } from './redact';

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** Resolves when everything logged so far is out. */
  close(): Promise<void>;
}

/** JSON lines on stderr: a static message plus fields, redacted. error: our fault; warn: look later; info: the user's matter. */
export function createLog(level: 'error' | 'warn' | 'info' | 'debug'): Log {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  const write = (to: 'error' | 'warn' | 'info' | 'debug') => (message: string, fields: Record<string, unknown> = {}) => {
    logger.log(to, redactText(message), redact(fields) as Record<string, unknown>);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () =>
      new Promise((resolve) => {
        logger.on('finish', () => resolve());
        logger.end();
      }),
  };
}
