//! The projections: one file each, and one line in the list.
