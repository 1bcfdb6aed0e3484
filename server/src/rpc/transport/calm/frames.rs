//! Frames of HTTP/2 by their heads.

use crate::limits::CONTROL_BYTES_PER_CALL_FRAME;

/// The head of a frame (RFC 9113 section 4.1).
pub(super) const HEAD_BYTES: usize = 9;
/// Where in it the kind of frame stands.
const KIND_AT: usize = 3;
pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const SETTINGS: u8 = 4;
pub(super) const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
/// What a GOAWAY says in any case: the last stream, and the error code behind it.
const GOAWAY_BYTES: usize = 8;
const CODE_AT: usize = 4;
/// The flag of SETTINGS that only say that the peer's were seen.
pub(super) const ACK: u8 = 1;

/// What began in a piece of a connection.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// SETTINGS that ask for something.
    pub(super) settings: u64,
    /// Frames that begin a call, or end its request.
    pub(super) begun: usize,
    /// Frames of calls: what they carry is limited elsewhere.
    pub(super) of_calls: u64,
    /// Bytes of all other frames.
    pub(super) control_bytes: u64,
    /// Bytes that calls carry.
    pub(super) call_bytes: u64,
    /// A GOAWAY with an error in it.
    pub(super) tells_of_a_fault: bool,
}

impl Seen {
    /// How many bytes of control an honest peer may send for this.
    pub(super) fn excuse(&self) -> u64 {
        self.of_calls * CONTROL_BYTES_PER_CALL_FRAME + self.call_bytes / 16
    }
}

/// Where in a frame a connection is.
#[derive(Debug)]
pub(super) struct Frames {
    /// Bytes until the next frame's head.
    skip: usize,
    head: [u8; HEAD_BYTES],
    filled: usize,
    /// What a GOAWAY says, and how much of it is still to come.
    last_words: [u8; GOAWAY_BYTES],
    last_words_left: usize,
}

impl Frames {
    pub(super) fn after(skip: usize) -> Self {
        Self {
            skip,
            head: [0; HEAD_BYTES],
            filled: 0,
            last_words: [0; GOAWAY_BYTES],
            last_words_left: 0,
        }
    }

    /// Follows bytes up to where more than so many calls would begin. Returns what began, and how many bytes that were.
    pub(super) fn advance(&mut self, bytes: &[u8], begin_max: usize) -> (Seen, usize) {
        let (mut seen, mut at) = (Seen::default(), 0);
        loop {
            let skipped = self.skip.min(bytes.len() - at);
            self.skip -= skipped;
            self.hear(&bytes[at..at + skipped], &mut seen);
            at += skipped;
            if at == bytes.len() {
                return (seen, at);
            }
            let (head_from, begins_here) = (at, self.filled == 0);
            let taken = (HEAD_BYTES - self.filled).min(bytes.len() - at);
            self.head[self.filled..self.filled + taken].copy_from_slice(&bytes[at..at + taken]);
            self.filled += taken;
            at += taken;
            let is_whole = self.filled == HEAD_BYTES;
            // Of a head that is not whole nobody knows yet what it begins. One whose first bytes are through goes after them.
            let may_begin_a_call = !is_whole || self.head[KIND_AT] == HEADERS;
            if begins_here && may_begin_a_call && seen.begun >= begin_max {
                self.filled = 0;
                return (seen, head_from);
            }
            if !is_whole {
                return (seen, at);
            }
            self.filled = 0;
            self.begin(&mut seen);
        }
    }

    /// Listens to what a GOAWAY says.
    fn hear(&mut self, bytes: &[u8], seen: &mut Seen) {
        let heard = self.last_words_left.min(bytes.len());
        if heard == 0 {
            return;
        }
        let from = GOAWAY_BYTES - self.last_words_left;
        self.last_words[from..from + heard].copy_from_slice(&bytes[..heard]);
        self.last_words_left -= heard;
        seen.tells_of_a_fault |=
            self.last_words_left == 0 && self.last_words[CODE_AT..].iter().any(|byte| *byte != 0);
    }

    fn begin(&mut self, seen: &mut Seen) {
        let [high, middle, low, kind, flags, ..] = self.head;
        self.skip = u32::from_be_bytes([0, high, middle, low]) as usize;
        let payload = self.skip as u64;
        match kind {
            DATA if payload > 0 => {
                seen.of_calls += 1;
                seen.call_bytes += payload;
            }
            HEADERS => {
                seen.begun += 1;
                seen.of_calls += 1;
            }
            // h2 limits both by itself.
            DATA | CONTINUATION => {}
            SETTINGS if flags & ACK == 0 => seen.settings += 1,
            _ => seen.control_bytes += payload + HEAD_BYTES as u64,
        }
        if kind == GOAWAY {
            self.last_words_left = GOAWAY_BYTES.min(self.skip);
        }
    }
}
