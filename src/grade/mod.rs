//! Grading: a rubric and what was heard become a scorecard.
//!
//! Pure. Finds the roles of the channels, evaluates every criterion, adds up the points.
