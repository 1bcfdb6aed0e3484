//! What the log says: folds over its records, made of pieces that can be put together.

pub mod catalogue;
pub mod fold;
pub mod fold_run;
pub mod folds;
pub mod measure;
pub mod pieces;
pub mod record;
pub mod table;
