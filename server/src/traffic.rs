//! What goes on at the edge, counted for monitoring: calls by method and code, refusals by reason, and connections by the
//! listener that they came to. All labels are words of this program, so a client can't make more of them.

mod calls;
mod connections;
mod reasons;

pub(crate) use calls::{Call, code_of, methods, open_calls};
pub(crate) use connections::{Way, connected, connections};
pub(crate) use reasons::{count_refusal, refusals_by_reason};
