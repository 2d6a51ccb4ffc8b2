import { DateTime } from 'luxon';
import type { SandboxClock } from '../clock';
import { Refusal } from './errors';
import type { Portal } from './portal';

/**
 * HubSpot's call limits for static-token apps: a rolling ten seconds per app, five searches a second per account, a day that ends at midnight
 * in the account's time zone. https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export class Limits {
  private readonly tenSeconds = new Map<number, number[]>();
  private searches: number[] = [];
  private day = { start: 0, end: 0, used: 0 };

  constructor(
    private readonly portal: Portal,
    private readonly clock: SandboxClock,
    private readonly enforced: boolean,
  ) {
    const stored = portal.meta('dailyUsage');
    if (stored !== undefined) this.day = JSON.parse(stored) as typeof this.day;
  }

  /** Calls made today, and when the day ends (epoch milliseconds). */
  today(): { used: number; resetsAt: number } {
    const now = this.clock.now();
    if (now < this.day.start || now >= this.day.end) {
      const local = DateTime.fromMillis(now, { zone: this.portal.settings.timeZone });
      this.day = { start: local.startOf('day').toMillis(), end: local.plus({ days: 1 }).startOf('day').toMillis(), used: 0 };
    }
    return { used: this.day.used, resetsAt: this.day.end };
  }

  /** For tests: as if so many calls had been made today. */
  setToday(used: number): void {
    this.today();
    this.day.used = used;
    this.portal.setMeta('dailyUsage', JSON.stringify(this.day));
  }

  forget(): void {
    this.tenSeconds.clear();
    this.searches = [];
    this.day = { start: 0, end: 0, used: 0 };
  }

  private window(appId: number): number[] {
    const since = this.clock.now() - 10_000;
    const calls = this.tenSeconds.get(appId) ?? [];
    while ((calls[0] ?? Number.POSITIVE_INFINITY) <= since) calls.shift();
    this.tenSeconds.set(appId, calls);
    return calls;
  }

  /** Counts a call, or refuses it with 429. Searches are exempt from the ten seconds and have a limit of their own. */
  take(appId: number, isSearch: boolean): void {
    const now = this.clock.now();
    const { settings } = this.portal;
    if (this.enforced) {
      if (this.today().used >= settings.dailyLimit) throw tooMany('DAILY', 'You have reached your daily limit.', settings.portalId, appId);
      if (isSearch) {
        this.searches = this.searches.filter((at) => at > now - 1_000);
        if (this.searches.length >= settings.searchSecondLimit) throw tooMany('SECONDLY', 'You have reached your secondly limit.', settings.portalId, appId);
        this.searches.push(now);
      } else {
        const calls = this.window(appId);
        if (calls.length >= settings.tenSecondLimit) {
          throw tooMany('TEN_SECONDLY_ROLLING', 'You have reached your ten_secondly_rolling limit.', settings.portalId, appId);
        }
        calls.push(now);
      }
    }
    this.today();
    this.day.used += 1;
    this.portal.setMeta('dailyUsage', JSON.stringify(this.day));
  }

  /** Rate headers of an answer; search answers carry none. */
  headers(appId: number, isSearch: boolean): Record<string, string> {
    if (isSearch) return {};
    const { dailyLimit, tenSecondLimit } = this.portal.settings;
    const left = this.enforced ? tenSecondLimit - this.window(appId).length : tenSecondLimit - 1;
    return {
      'X-HubSpot-RateLimit-Daily': String(dailyLimit),
      'X-HubSpot-RateLimit-Daily-Remaining': String(Math.max(0, dailyLimit - (this.enforced ? this.today().used : 0))),
      'X-HubSpot-RateLimit-Interval-Milliseconds': '10000',
      'X-HubSpot-RateLimit-Max': String(tenSecondLimit),
      'X-HubSpot-RateLimit-Remaining': String(Math.max(0, left)),
      'X-HubSpot-RateLimit-Secondly': String(Math.round(tenSecondLimit / 10)),
      'X-HubSpot-RateLimit-Secondly-Remaining': String(Math.round(tenSecondLimit / 10)),
    };
  }
}

function tooMany(policyName: string, message: string, portalId: number, appId: number): Refusal {
  return new Refusal(429, {
    message,
    errorType: 'RATE_LIMIT',
    policyName,
    groupName: `publicapi:private_app-api-calls-${policyName.toLowerCase()}:${portalId}:${appId}`,
  });
}
