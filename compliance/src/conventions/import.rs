//! What other systems wrote, and what checking it on the way in came to.

use super::definition::event;
use super::value::choice;

choice! {
    /// What the check of a file came to.
    ImportVerdict {
        /// Everything that its artifacts carry was checked, and holds.
        Verified = "verified",
        /// Something could not be checked, and nothing is broken: for want of a key, or of what came before.
        Unverified = "unverified",
        /// Something is not what was written, or not where it was.
        Broken = "broken",
    }
}

event! {
    /// A file of another system's artifacts was checked against that system's own chain and signatures, before they
    /// were imported. `indelible import` writes it, before the first of them.
    ImportChecked = "indelible.import.checked.v1" {
        /// The system whose artifacts they are, which also says what form the file has: `aigc`, `codeatelier`.
        import_system: &'a str,
        /// What it came to.
        verdict: ImportVerdict,
        /// SHA-256 of the file, unpacked, in hexadecimal.
        file_sha256: &'a str,
        /// How many artifacts it has.
        artifacts: u64,
        /// How many of them hold in all that they carry.
        verified: u64,
        /// How many could not be checked wholly, and are not broken.
        unverified: u64,
        /// How many are broken.
        broken: u64,
        /// How many records of the file are no artifacts.
        unreadable: Option<u64>,
        /// How many stand in the import twice.
        repeated: Option<u64>,
        /// Whether anything is missing behind the end of a chain: `unanswerable`, for these files don't say where one
        /// ends.
        completeness: Option<&'a str>,
        /// The line of the first broken artifact.
        first_broken_line: Option<u64>,
        /// What is wrong with it.
        first_broken_finding: Option<&'a str>,
    }
}

event! {
    /// An artifact whose content is not what its own checksum, HMAC or signature covers. It counts for nothing that it
    /// claims to be.
    ImportBroken = "indelible.import.broken.v1" {
        /// What is wrong with it.
        import_finding: &'a str,
        /// The id that it claims.
        claimed_id: Option<&'a str>,
        /// The type that it claims.
        claimed_type: Option<&'a str>,
    }
}
