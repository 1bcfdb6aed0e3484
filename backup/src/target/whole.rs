//! Whether the objects of a backup are there.

use std::collections::BTreeMap;

use super::Target;
use crate::{
    error::BackupError,
    manifest::Manifest,
    object::{Content, Digest},
    seen::Seen,
};

impl Target {
    /// Whether a backup can be restored: every object of it holds what it should.
    ///
    /// # Errors
    /// If a bucket does not answer.
    pub(crate) fn is_sound(&self, manifest: &Manifest, seen: &Seen) -> Result<bool, BackupError> {
        for object in manifest.objects() {
            let content = Content {
                digest: object.digest,
                bytes: object.bytes,
            };
            if !self.place.holds(content, seen)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Says of which backups every object lies there, with its length. What objects hold is not looked at.
    ///
    /// # Errors
    /// If the objects can't be listed.
    pub fn whole(&self) -> Result<impl Fn(&Manifest) -> bool + use<>, BackupError> {
        let objects = self.place.objects()?.into_iter();
        let there: BTreeMap<Digest, u64> = objects
            .filter_map(|lying| Some((lying.digest?, lying.bytes)))
            .collect();
        Ok(move |manifest: &Manifest| {
            let mut objects = manifest.objects();
            objects.all(|object| there.get(&object.digest) == Some(&object.bytes))
        })
    }
}
