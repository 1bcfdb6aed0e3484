//! Revocation of a signing key of a ledger, at a size. A record under the ledger's present identity says so. What the
//! key signed beyond that size is void from then on. So the present identity first signs a checkpoint that covers all
//! records which the void checkpoints covered.

use indelible_evidence::{
    body::FieldViolation,
    key_event::{PublicKey, Revocation, check_statement_text},
};
use tracing::{info, warn};

use crate::{
    core::Ledger,
    follow::publication,
    operations::record_key_event::{self, Statement},
    state::{
        append::NewRange,
        error::{AppendError, KeyEventError},
        key_state_error::SigningKeyKind,
        shared::Availability,
        signing_keys::{Revoking, SigningKey},
    },
};

/// What is to be revoked, and how far.
#[derive(Clone, Debug)]
pub struct RevokeKey {
    /// What the key is.
    pub kind: SigningKeyKind,
    /// Its public half: Ed25519.
    pub public: [u8; 32],
    /// The last tree size at which it is still trusted.
    pub size: u64,
    /// Why, for auditors.
    pub reason: Option<String>,
    /// Also if checkpoints that an earlier identity published become void.
    pub voids_published: bool,
}

impl Ledger {
    /// The keys that sign for the ledger, or did, in the order of the records that introduced them.
    pub fn signing_keys(&self) -> Vec<SigningKey> {
        self.cell.keys().signing().all().to_vec()
    }

    /// Whether a key can be revoked so, as the ledger is now.
    ///
    /// # Errors
    /// Why it can't: it is the identity in force or no key of the ledger, or the size is not one.
    pub fn check_revocation(&self, revoke: &RevokeKey) -> Result<(), KeyEventError> {
        public_key(revoke)?;
        self.check_key(revoke).map(drop)
    }

    fn check_key(&self, revoke: &RevokeKey) -> Result<Revoking, KeyEventError> {
        let cell = &self.cell;
        let revoking = Revoking {
            kind: revoke.kind,
            public: revoke.public,
            size: revoke.size,
            voids_published: revoke.voids_published,
        };
        let checked = cell.keys().signing().check(&revoking);
        checked.map_err(AppendError::KeyState)?;
        let size = cell.size();
        match revoke.size > size {
            true => Err(KeyEventError::SizePastHead {
                trusted: revoke.size,
                size,
            }),
            false => Ok(revoking),
        }
    }

    /// Revokes a key that signed for the ledger, at a size: what it signed beyond that is void. A running epoch ends
    /// with it, its key is wiped, and another one begins in the same commit. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn revoke_key(&self, revoke: RevokeKey) -> Result<NewRange, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        let key = public_key(&revoke)?;
        // Another identity must not come between its signature and the record.
        let _one_at_a_time = core.try_rotating()?;
        let (state, reason) = cell.state();
        if state != Availability::Open {
            return Err(AppendError::Refused { state, reason }.into());
        }
        let revoking = self.check_key(&revoke)?;
        publication::publish(cell, &*core.store, &core.signers)?;
        let statement = Statement::Revocation {
            statement: Box::new(Revocation {
                origin: cell.origin().clone(),
                key: key.into(),
                size: revoke.size,
                reason: revoke.reason,
            }),
            revoking,
        };
        let recorded = record_key_event::record(core, cell, &statement)?;
        info!(
            ledger = cell.origin().as_str(),
            sequence = recorded.first,
            size = revoke.size,
            "a signing key was revoked"
        );
        // The next caller learns of it from the identity itself.
        if let Err(error) = publication::publish(cell, &*core.store, &core.signers) {
            warn!(ledger = cell.origin().as_str(), %error, "the revocation is not published yet");
        }
        Ok(recorded)
    }
}

/// The key, if it and the reason are such as a statement may have.
fn public_key(revoke: &RevokeKey) -> Result<PublicKey, KeyEventError> {
    if let Some(reason) = &revoke.reason {
        check_statement_text("reason", reason)?;
    }
    let key = PublicKey::from_bytes(revoke.public).map_err(|error| FieldViolation {
        field: "public_key".into(),
        problem: error.to_string(),
    })?;
    Ok(key)
}
