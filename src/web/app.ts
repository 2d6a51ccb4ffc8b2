import express, { type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { apiRouter } from './api';
import { failureOf } from './failure';
import { healthRouter } from './health';
import { metricsRouter, type Metrics } from './metrics';
import { pageRouter } from './pages';
import type { WebParts } from './parts';
import { webhookRouter } from './webhooks';

/**
 * Everything that `serve` answers, as one express application. It reads the store and takes webhooks down; runs happen elsewhere. Headers of proxies and
 * the Host header are not believed: addresses come from `publicUrl`, limits count by the socket. `isLocal`: only this machine can reach it.
 */
export function createApp(parts: WebParts, metrics: Metrics, isLocal: boolean): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', false);
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], styleSrc: ["'self'"], imgSrc: ["'self'", 'data:'], scriptSrc: ["'self'"], connectSrc: ["'self'"], formAction: ["'self'"], frameAncestors: ["'none'"], baseUri: ["'none'"] } },
      // Behind plain http on loopback the header would lock the browser out of every other service of the machine.
      strictTransportSecurity: parts.publicUrl().startsWith('https://'),
      xFrameOptions: { action: 'deny' },
    }),
  );
  app.use(healthRouter(parts));
  app.use('/metrics', metricsRouter(parts, metrics, isLocal));
  app.use('/webhooks', webhookRouter(parts));
  app.use('/api/v1', apiRouter(parts));
  app.use(pageRouter(parts));
  app.use((_req: Request, res: Response) => {
    res.status(404).type('text').send('There is nothing here.');
  });
  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const { status, code } = failureOf(parts, error, req);
    res.status(status).json({ error: { code, message: status === 413 ? 'the body is too large' : status < 500 ? 'the request is not understood' : 'the store does not answer', where: null, remedy: status < 500 ? 'Correct the request.' : 'Try again; the log says more.' } });
  });
  return app;
}
