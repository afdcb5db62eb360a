//! The engine itself: plans, recovery, the lock.
