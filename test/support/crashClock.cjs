// Loaded before a program under test: its clock starts at CONCORD_TEST_NOW (epoch milliseconds) and goes on from there.
const startsAt = Number(process.env.CONCORD_TEST_NOW);
const real = Date.now;
const began = real();
Date.now = () => startsAt + (real() - began);
