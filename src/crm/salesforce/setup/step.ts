import type { SetupStep } from '../../port';
import type { Component } from './components';

/** A step with what it takes: components for the one deploy, or a call of its own after it. */
export type Work = SetupStep & { deploys?: Component[]; do?: () => Promise<void> };

export const listed = (options: readonly { value: string }[]): string => options.map((option) => option.value).join(', ');
