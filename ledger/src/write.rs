//! The path of an event to the disk: prepared, queued, linked, made durable.

pub(crate) mod acknowledgement;
pub(crate) mod admission;
pub(crate) mod anchor;
pub(crate) mod certifier;
pub(crate) mod committer;
pub(crate) mod conditions;
pub(crate) mod conventions;
pub(crate) mod event;
pub(crate) mod fail_stop;
pub(crate) mod genesis;
pub(crate) mod group;
pub(crate) mod index_terms;
pub(crate) mod key_event_kind;
pub(crate) mod link;
pub(crate) mod lookalike;
pub(crate) mod original;
pub(crate) mod pace;
pub(crate) mod place;
pub(crate) mod protocol;
pub(crate) mod queue;
pub(crate) mod repeat;
pub(crate) mod request;
pub(crate) mod reserved;
pub(crate) mod sequencer;
pub(crate) mod unindexed_ids;
pub(crate) mod writer;
