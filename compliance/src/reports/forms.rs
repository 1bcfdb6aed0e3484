//! The forms of reports: for people, for spreadsheets, and for other programs.

pub mod csv;
pub mod dsse;
mod first;
mod front_arguments;
mod happened;
pub mod html;
pub mod oscal;
pub mod page;
mod parts;
pub mod text;
mod unbroken;
pub mod verdict;
