//! Whether the objects of a backup are there, without reading them.

use std::collections::BTreeMap;

use super::Target;
use crate::{error::BackupError, manifest::Manifest, object::Digest};

impl Target {
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
