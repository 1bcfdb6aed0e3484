//! What can be found on an imported artifact. Each has a word that stays, for verdicts and for programs.

use std::fmt;

/// How much a finding weighs, lightest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth saying, and no doubt about the artifact.
    Note,
    /// A question that can't be answered from what is here.
    Open,
    /// Its place among the others is not what it says.
    Broken,
    /// What it says is not what was written.
    Forged,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $weight:ident, $says:literal;)*) => {
        /// A kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name),* }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says),* }
            }

            /// How much it weighs.
            #[must_use]
            pub fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight),* }
            }
        }
    };
}

codes! {
    /// The content is not what its checksum or HMAC covers.
    ContentAltered = "content_altered", Forged, "its content is not what its checksum or HMAC covers";
    /// A key of the ring fits, but not the one of its segment.
    WrongKey = "wrong_key", Forged, "it is under another key than the one in force at its place";
    /// The signature does not verify.
    SignatureInvalid = "signature_invalid", Forged, "its signature does not verify";
    /// It says that it is signed, and has no signature.
    SignatureStripped = "signature_stripped", Broken, "it claims to be signed, but it has no signature";
    /// The signing key is another agent's.
    SignatureOtherAgent = "signature_other_agent", Forged, "its signing key is registered for another agent";
    /// The signing key was not yet active.
    SignatureEarly = "signature_early", Forged, "its signing key was registered for later rows only";
    /// The signing key was revoked.
    SignatureRevoked = "signature_revoked", Forged, "its signing key was revoked before it";
    /// A chained artifact without a checksum, in a chain whose others have one.
    ChecksumMissing = "checksum_missing", Forged, "it has no checksum, but others of its chain have one";
    /// The same id with other content.
    IdConflict = "id_conflict", Forged, "an earlier artifact has the same id and other content";
    /// A stand-in that the source wrote when it could not write the row.
    Placeholder = "placeholder", Forged, "it is a stand-in without an HMAC";
    /// A rotation marker that does not bind both keys.
    MarkerInvalid = "marker_invalid", Forged, "the rotation marker does not bind the old key to the new one";
    /// Its predecessor is not the one before it.
    LinkBroken = "link_broken", Broken, "it does not continue from the one before it: something was taken out, put in or moved";
    /// Two artifacts continue from the same one.
    Fork = "fork", Broken, "another one continues from the same predecessor already";
    /// The chain begins a second time.
    SecondRoot = "second_root", Broken, "its chain begins again, and what lay between is unknown";
    /// The position is not the next one.
    IndexWrong = "index_wrong", Broken, "its position in the chain is not the next one";
    /// The sequence number goes back.
    OrderWrong = "order_wrong", Broken, "its sequence number is not greater than the one before it; sort the export by chain_seq";
    /// The same artifact twice.
    Duplicate = "duplicate", Broken, "the same artifact is in this file twice";
    /// It carries no signature.
    Unsigned = "unsigned", Open, "it is not signed, so anybody who held the file could have written it";
    /// A failure from before the pipeline, which the source never signs.
    UnsignedPrePipeline = "unsigned_pre_pipeline", Open, "it records a failure before the pipeline, and its system does not sign such records";
    /// No key was given.
    NoKey = "no_key", Open, "no key was given to check it with";
    /// The key of its segment was not given.
    KeyMissing = "key_missing", Open, "the key in force at its place was not given";
    /// The key it is signed with was not given.
    SigningKeyMissing = "signing_key_missing", Open, "the public key of its signature was not given";
    /// Whether its signing key was in force can't be told.
    SigningKeyBounds = "signing_key_bounds", Open, "it has no sequence number, so whether its signing key was in force is unknown";
    /// The first of a chain here is not the first of the chain.
    HeadMissing = "head_missing", Open, "what came before it in its chain is not here: left out of the export, or deleted";
    /// A chain from before checksums.
    LegacyChecksum = "legacy_checksum", Open, "its chain has no checksums, so nothing protects the last one of the chain";
    /// Its time is before its predecessor's.
    TimeBack = "time_back", Note, "its time is earlier than that of the one before it";
    /// A sequence number is skipped.
    SequenceGap = "sequence_gap", Note, "sequence numbers before it are not here: deleted, left out, or never written";
    /// Signed first, chained then.
    SignedThenChained = "signed_then_chained", Open, "its signature covers what it was before it was chained, so it does not cover its place in the chain";
    /// Chained first, signed then.
    ChainedThenSigned = "chained_then_signed", Note, "it was chained before it was signed: the checksum holds for the unsigned form";
    /// A JSONB column rewrote floats.
    FloatsRestored = "floats_restored", Note, "its HMAC holds only after numbers that the database rewrote are turned back into floats";
    /// A drain lost the model.
    ModelRestored = "model_restored", Note, "its HMAC holds only after the model is put back, which its system dropped when it drained its queue after an outage";
    /// The key changes, and no marker says so.
    RotationUnseen = "rotation_unseen", Note, "the key changes before it, but the marker of the rotation is not here";
    /// The rotation tool read the key in another way than the writer.
    KeyForm = "key_form", Note, "its key is the text of the file, while the marker names the bytes that the text encodes";
    /// Signed by nobody, though its agent had a key.
    SignatureAbsent = "signature_absent", Note, "it is not signed, though its agent had a signing key";
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// What it is about in this case; empty where the kind says it all.
    pub detail: String,
}

impl Finding {
    /// A finding whose kind says it all.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: String::new(),
        }
    }

    /// A finding with what it is about.
    #[must_use]
    pub fn about(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.word(), self.code.says())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}
