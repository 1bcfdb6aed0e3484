//! The forms of a chain verification.

mod advice;
mod csv;
mod extent;
mod facts;
mod history;
mod html;
mod oscal;
mod text;
mod trusted;

pub use csv::csv;
pub use html::html;
pub use oscal::oscal;
pub use text::text;
