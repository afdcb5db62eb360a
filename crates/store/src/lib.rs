//! All that rests on disk: one file a feature, each engine's SQL beside the other's.
