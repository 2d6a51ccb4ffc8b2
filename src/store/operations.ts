import * as deadLetters from './deadLetters';
import * as holds from './holds';
import * as inbox from './inbox';
import * as journal from './journal';
import * as mirror from './mirror';
import * as outbox from './outbox';
import * as people from './people';
import * as plan from './plan';
import type { StoreReader, StoreTransaction } from './port';
import * as queue from './queue';
import * as reports from './reports';
import * as runs from './runs';
import type { Session } from './session';

/** How an operation gets its session: the store's own, or a transaction's while it lasts. */
export type RunWith = <T>(operation: (session: Session) => Promise<T>) => Promise<T>;

/** The port's reading half, bound to a session. */
export function readerOf(run: RunWith): StoreReader {
  return {
    records: (refs) => run((session) => mirror.records(session, refs)),
    recordsByKeys: (keys, except) => run((session) => mirror.recordsByKeys(session, keys, except)),
    recordsOfPeople: (ids, except) => run((session) => mirror.recordsOfPeople(session, ids, except)),
    mayTighten: (ids) => run(async (session) => [...new Set([...(await mirror.restrictedPeople(session, ids)), ...(await people.suppressedPeople(session, ids))])]),
    rolesOfContacts: (ids) => run((session) => mirror.rolesOfContacts(session, ids)),
    rolesOfOpportunities: (ids) => run((session) => mirror.rolesOfOpportunities(session, ids)),
    leadsOfOpportunities: (ids) => run((session) => mirror.leadsOfOpportunities(session, ids)),
    opportunitiesOfAccounts: (ids) => run((session) => mirror.opportunitiesOfAccounts(session, ids)),
    contactsOfAccounts: (ids) => run((session) => mirror.contactsOfAccounts(session, ids)),
    pageRecords: (crm, object, afterId, limit) => run((session) => mirror.pageRecords(session, crm, object, afterId, limit)),
    people: (ids) => run((session) => people.people(session, ids)),
    pagePeople: (afterId, limit) => run((session) => people.pagePeople(session, afterId, limit)),
    duePeople: (now, afterId, limit) => run((session) => people.duePeople(session, now, afterId, limit)),
    countPeople: () => run((session) => people.countPeople(session)),
    peopleOfStage: (stage, afterId, limit) => run((session) => people.peopleOfStage(session, stage, afterId, limit)),
    waitingPeople: (kind, afterId, limit) => run((session) => people.waitingPeople(session, kind, afterId, limit)),
    countWaiting: (kind, most) => run((session) => people.countWaiting(session, kind, most)),
    handoffsDue: (filter) => run((session) => people.handoffsDue(session, filter)),
    countDue: (now, most) => run((session) => people.countDue(session, now, most)),
    unansweredHandoffs: (after, limit) => run((session) => people.unansweredHandoffs(session, after, limit)),
    rejections: (filter) => run((session) => people.rejections(session, filter)),
    handoffs: (personId) => run((session) => people.handoffs(session, personId)),
    transitions: (personId) => run((session) => people.transitions(session, [personId])),
    handoffsOfPeople: (ids) => run((session) => people.handoffsOfPeople(session, ids)),
    transitionsOfPeople: (ids) => run((session) => people.transitions(session, ids)),
    queue: (afterId, limit) => run((session) => queue.queue(session, afterId, limit)),
    queueLength: () => run((session) => queue.queueLength(session)),
    planTotals: (id) => run((session) => plan.planTotals(session, id)),
    pagePlan: (id, afterSeq, limit) => run((session) => plan.pagePlan(session, id, afterSeq, limit)),
    openIntents: (afterId, limit) => run((session) => journal.openIntents(session, afterId, limit)),
    pageJournal: (afterId, limit) => run((session) => journal.pageJournal(session, afterId, limit)),
    journalOfRun: (id, afterId, limit) => run((session) => journal.journalOfRun(session, id, afterId, limit)),
    journalOfPerson: (personId, limit) => run((session) => journal.journalOfPerson(session, personId, limit)),
    deadLetters: (filter) => run((session) => deadLetters.deadLetters(session, filter)),
    deadLetterCauses: (limit) => run((session) => deadLetters.deadLetterCauses(session, limit)),
    openDeadLettersOf: (refs) => run((session) => deadLetters.openDeadLettersOf(session, refs)),
    stoppingDeadLettersOf: (refs) => run((session) => deadLetters.stoppingDeadLettersOf(session, refs)),
    countDeadLetters: (state) => run((session) => deadLetters.countDeadLetters(session, state)),
    holdsOf: (refs) => run((session) => holds.holdsOf(session, refs)),
    holds: (filter) => run((session) => holds.holds(session, filter)),
    duePosts: (filter) => run((session) => outbox.duePosts(session, filter)),
    deadPosts: (channels, afterKey, limit) => run((session) => outbox.deadPosts(session, channels, afterKey, limit)),
    posts: (keys) => run((session) => outbox.posts(session, keys)),
    postsOfPerson: (personId, limit) => run((session) => outbox.postsOfPerson(session, personId, limit)),
    countPosts: () => run((session) => outbox.countPosts(session)),
    inbox: (afterKey, limit) => run((session) => inbox.inbox(session, afterKey, limit)),
    inboxLength: () => run((session) => inbox.inboxLength(session)),
    watermarks: () => run((session) => runs.watermarks(session)),
    run: (id) => run((session) => runs.run(session, id)),
    runs: (before, limit) => run((session) => runs.runs(session, before, limit)),
    meta: (key) => run((session) => runs.meta(session, key)),
    areForgotten: (hashes) => run((session) => runs.areForgotten(session, hashes)),
    anyForgotten: () => run((session) => runs.anyForgotten(session)),
    parity: () => run((session) => people.parity(session)),
    disagreements: (afterId, limit) => run((session) => people.disagreements(session, afterId, limit)),
    reportState: () => run((session) => reports.reportState(session)),
    reportRows: (of, after, limit) => run((session) => reports.reportRows(session, of, after, limit)),
    reportQueue: (limit) => run((session) => reports.reportQueue(session, limit)),
    reportFacts: (ids) => run((session) => reports.reportFacts(session, ids)),
    reportGroups: (query) => run((session) => reports.reportGroups(session, query)),
    reportLists: (query) => run((session) => reports.reportLists(session, query)),
    reportDays: (of, where, by, columns) => run((session) => reports.reportDays(session, of, where, by, columns)),
    reportBehind: (of, where, after, limit) => run((session) => reports.reportBehind(session, of, where, after, limit)),
    reportDeals: (where, after, limit) => run((session) => reports.reportDeals(session, where, after, limit)),
    reportTouchesOfDeals: (ids) => run((session) => reports.reportTouchesOfDeals(session, ids)),
    ownerNames: () => run((session) => reports.ownerNames(session)),
    opportunitiesWithoutPeople: (afterId, limit) => run((session) => reports.opportunitiesWithoutPeople(session, afterId, limit)),
  };
}

/** The port's writing half, bound to a transaction's session. */
export function writerOf(run: RunWith): StoreTransaction {
  return {
    putRecords: (records) => run((session) => mirror.putRecords(session, records)),
    deleteRecords: (refs) => run((session) => mirror.deleteRecords(session, refs)),
    putPeople: (rows) => run((session) => people.putPeople(session, rows)),
    patchPeople: (patches) => run((session) => people.patchPeople(session, patches)),
    deletePeople: (ids) => run((session) => people.deletePeople(session, ids)),
    mergePeople: (into, from) => run((session) => people.mergePeople(session, into, from)),
    addTransitions: (rows) => run((session) => people.addTransitions(session, rows)),
    putHandoffs: (rows) => run((session) => people.putHandoffs(session, rows)),
    enqueue: (ids, reason, at) => run((session) => queue.enqueue(session, ids, reason, at)),
    dequeue: (ids) => run((session) => queue.dequeue(session, ids)),
    stage: (id, staged) => run((session) => plan.stage(session, id, staged)),
    clearPlan: (id) => run((session) => plan.clearPlan(session, id)),
    intend: (entries) => run((session) => journal.intend(session, entries)),
    settle: (outcomes) => run((session) => journal.settle(session, outcomes)),
    putDeadLetters: (letters) => run((session) => deadLetters.putDeadLetters(session, letters)),
    setDeadLetterState: (ids, state) => run((session) => deadLetters.setDeadLetterState(session, ids, state)),
    resolveDeadLetters: (done) => run((session) => deadLetters.resolveDeadLetters(session, done)),
    addHolds: (given) => run((session) => holds.addHolds(session, given)),
    releaseHolds: (ids) => run((session) => holds.releaseHolds(session, ids)),
    post: (entries) => run((session) => outbox.post(session, entries)),
    settlePosts: (outcomes) => run((session) => outbox.settlePosts(session, outcomes)),
    claimPosts: (keys, remoteId, now, until) => run((session) => outbox.claimPosts(session, keys, remoteId, now, until)),
    dropPosts: (keys) => run((session) => outbox.dropPosts(session, keys)),
    withdrawPosts: (of, personIds, at) => run((session) => outbox.withdrawPosts(session, of, personIds, at)),
    bringForward: (now, aheadMs) => run((session) => outbox.bringForward(session, now, aheadMs)),
    repost: (keys, at) => run((session) => outbox.repost(session, keys, at)),
    settleInbox: (keys) => run((session) => inbox.settleInbox(session, keys)),
    setWatermark: (crm, object, at, id) => run((session) => runs.setWatermark(session, crm, object, at, id)),
    putRun: (row) => run((session) => runs.putRun(session, row)),
    setMeta: (key, value) => run((session) => runs.setMeta(session, key, value)),
    addForgotten: (hashes, at) => run((session) => runs.addForgotten(session, hashes, at)),
    putOwnerNames: (names) => run((session) => reports.putOwnerNames(session, names)),
    putReportFacts: (facts, owners) => run((session) => reports.putReportFacts(session, facts, owners)),
    requeueReports: () => run((session) => reports.requeueReports(session)),
  };
}
