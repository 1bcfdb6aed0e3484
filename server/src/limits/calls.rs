//! Calls: how many are in progress, how many wait, and what becomes of those that are refused.

/// What is put aside for a call, from its headers to its end: what it takes before its message has come. So many calls may
/// be in progress as the budget of calls has room for.
pub const CALL_BYTES: usize = 8 * 1_024;

/// Calls of one connection that are begun while there is any room for calls. Further ones are begun only while half of that
/// room is free, so that no connection keeps others out. For root and the daemon's own user over a Unix socket these first
/// calls need no room.
pub const CALLS_OF_A_CONNECTION_FIRST: usize = 16;

/// Calls of one connection that are begun even where others have all the room for calls, so that nobody is kept out.
pub const CALLS_OF_A_CONNECTION_ALWAYS: usize = 2;

/// Calls of one connection that may wait for earlier ones of it, at once, for at most `ROOM_SECONDS_MAX`; further ones are
/// refused.
pub const CALLS_WAITING_MAX: usize = 48;

/// What is put aside for a call that waits, or a refused one whose request is still read: about what either takes. So many may
/// do so as their budget has room for.
pub const WAITING_CALL_BYTES: usize = 3 * 1_024;

/// Calls of one connection that may wait while there is any room for that; further ones may only while half of it is free.
pub const CALLS_WAITING_FIRST: usize = 16;

/// Calls of one connection that may wait even where others have all the room for that.
pub const CALLS_WAITING_ALWAYS: usize = 4;

/// Bytes of such a call's request that may fill its connection's window while it waits. If more come, the window becomes wider,
/// or the call is refused.
pub const WAITING_REQUEST_BYTES_MAX: usize = 1_024;

/// Refused calls of one connection whose requests are still read for a while, at once.
pub const REFUSED_CALLS_READ_MAX: usize = 32;

/// Of these, so many need no room in that budget: after some requests that nobody reads, HTTP/2 ends the connection.
pub const REFUSED_CALLS_READ_FIRST: usize = 4;
