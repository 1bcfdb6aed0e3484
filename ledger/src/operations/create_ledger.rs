//! Creating a ledger, or the successor of a ledger that lost records.

use std::sync::Arc;

use indelible_evidence::{
    header::RecordKind,
    key_event::{Genesis, Predecessor, PublicKey, Settings},
    origin::{LedgerName, NameError, Origin},
};
use indelible_keystore::Remedy;
use indelible_store::LedgerId;
use tokio::sync::oneshot;
use tracing::warn;

use crate::{
    core::Engine,
    follow::publication,
    keys::{key_changes, wrapping},
    operations::files_watch,
    read::proof,
    state::{
        custody::IdentityError,
        descriptor::{Descriptor, Lifecycle},
        error::LedgerError,
        event_identity::{IndexHasher, IndexKey},
        ledger_settings::{self, Switches},
        limits::{LEDGERS_RESERVE_PARTS, REQUEST_ID_BYTES_MAX},
        shared::{Availability, LedgerState},
        summary::LedgerSummary,
    },
    write::{
        anchor,
        genesis::{self, GenesisTerms},
        queue::{Adoption, Work},
    },
};

/// The properties of a new ledger.
#[derive(Clone, Debug)]
pub struct CreateLedger {
    /// Its name.
    pub name: LedgerName,
    /// Makes the call safe to repeat; may be empty.
    pub request_id: String,
    /// An Ed25519 public key that can replace the identity key.
    pub recovery: Option<[u8; 32]>,
    /// Whether every event is sealed, or only those that name a data subject.
    pub encrypts_all: bool,
    /// Whether opening what is sealed is recorded in the ledger itself, before it is answered.
    pub access_trail: bool,
    /// Whether events that break the conventions of their type are refused.
    pub checks_events: bool,
}

impl Engine {
    /// Creates a ledger for somebody who administers the store; its first commit is durable when this returns.
    ///
    /// # Errors
    /// If the name is taken, a key can't be used, or a write failed.
    pub async fn create_ledger(&self, request: CreateLedger) -> Result<LedgerSummary, LedgerError> {
        self.create_ledger_for(request, true).await
    }

    /// The same for anybody: the last part of the ledgers that there may be is for those who administer the store, so that
    /// operators of some ledgers together can't use up all.
    ///
    /// # Errors
    /// As [`Self::create_ledger`], and if no more than that part is left.
    pub async fn create_ledger_for(
        &self,
        request: CreateLedger,
        administers_the_store: bool,
    ) -> Result<LedgerSummary, LedgerError> {
        if request.name.is_system() {
            return Err(LedgerError::Name(NameError::Beginning));
        }
        if request.request_id.len() > REQUEST_ID_BYTES_MAX {
            return Err(LedgerError::RequestId);
        }
        let recovery = request
            .recovery
            .map(PublicKey::from_bytes)
            .transpose()
            .map_err(|_| LedgerError::RecoveryKey)?;
        let _one_at_a_time = self.core.creating.lock().await;
        if let Some(cell) = self.core.registry.find(request.name.as_str()) {
            let same =
                !request.request_id.is_empty() && cell.descriptor.request_id == request.request_id;
            return if same {
                Ok(LedgerSummary::of(&cell))
            } else {
                Err(LedgerError::Exists(request.name.as_str().to_owned()))
            };
        }
        self.check_room(administers_the_store)?;
        let terms = GenesisTerms {
            settings: Settings {
                encryption: ledger_settings::encryption(request.encrypts_all),
                access_trail: request.access_trail,
                conventions: request.checks_events,
                signed_sources: Vec::new(),
                retention: Vec::new(),
            },
            recovery,
            predecessor: None,
        };
        self.begin(request.name, request.request_id, terms).await
    }

    fn check_room(&self, administers_the_store: bool) -> Result<(), LedgerError> {
        let ledgers = self.core.registry.count();
        let most = self.core.options.ledgers;
        let reserved = most / LEDGERS_RESERVE_PARTS;
        if ledgers >= most {
            return Err(LedgerError::TooMany { ledgers });
        }
        match administers_the_store || ledgers < most - reserved {
            true => Ok(()),
            false => Err(LedgerError::Reserved { ledgers, reserved }),
        }
    }

    /// Closes a ledger that can never take a record again, and starts its successor under the same name: one in
    /// quarantine, or one whose identity key is lost and whose genesis names no recovery key.
    ///
    /// # Errors
    /// If it is neither, a key can't be used, or a write failed.
    pub async fn create_successor(
        &self,
        name_or_origin: &str,
    ) -> Result<LedgerSummary, LedgerError> {
        let _one_at_a_time = self.core.creating.lock().await;
        let old = self.cell(name_or_origin)?;
        if old.keys().ended().is_some() {
            return Err(LedgerError::Ended(name_or_origin.to_owned()));
        }
        let is_quarantined = old.state().0 == Availability::Quarantined;
        if !is_quarantined && !self.has_lost_its_identity(&old) {
            return Err(LedgerError::NotQuarantined(name_or_origin.to_owned()));
        }
        let head = old.committed().head.clone();
        let lost = self
            .core
            .anchor
            .read(old.id)
            .ok()
            .flatten()
            .map(|entry| entry.checkpoint)
            .filter(|note| is_quarantined && !note.is_empty());
        let predecessor = Predecessor {
            origin: old.origin().clone(),
            size: head.size,
            root: head.root,
            chain: head.chain,
            lost,
        };
        let terms = GenesisTerms {
            settings: old.settings(),
            recovery: self.recovery_key(&old),
            predecessor: Some(predecessor),
        };
        let successor = self
            .begin(old.descriptor.name.clone(), String::new(), terms)
            .await?;
        {
            let mut stored = old.stored();
            let closed = Descriptor {
                lifecycle: Lifecycle::Closed,
                ..stored.clone()
            };
            self.core.store.update_ledger(old.id, &closed.encode())?;
            *stored = closed;
        }
        old.set_state(
            Availability::Closed,
            format!("{} took its place", successor.origin),
        );
        Ok(successor)
    }

    /// Whether nothing can let another identity into a ledger: its own is gone for good, as far as the provider can tell,
    /// and genesis names no recovery key.
    pub(crate) fn has_lost_its_identity(&self, cell: &LedgerState) -> bool {
        let is_lost = matches!(
            self.core.signers.of(cell),
            Err(IdentityError::Shut { outage, .. }) if outage.remedy == Remedy::Replace
        );
        is_lost
            && cell.state().0 == Availability::Open
            && cell.keys().identities().recovery().is_none()
    }

    /// The recovery key that a ledger's genesis names, so that its successor has the same. If genesis
    /// is among the missing records, there is no such key.
    fn recovery_key(&self, cell: &LedgerState) -> Option<PublicKey> {
        let genesis = proof::linked_record(cell, &*self.core.store, 0)
            .map_err(|error| error.to_string())
            .and_then(|view| match view.header().kind {
                RecordKind::Genesis(signed) => {
                    Genesis::verify(&signed, &cell.verifier_key).map_err(|error| error.to_string())
                }
                _ => Err("record 0 is not a genesis".to_owned()),
            });
        match genesis {
            Ok(genesis) => genesis.recovery,
            Err(error) => {
                warn!(ledger = %cell.origin(), error, "the ledger's successor gets no recovery key");
                None
            }
        }
    }

    /// Enters the ledger in the catalogue, then in the anchor, and only then commits its genesis: whatever
    /// is interrupted in between leaves a ledger without records, which the next start abandons.
    pub(crate) async fn begin(
        &self,
        name: LedgerName,
        request_id: String,
        terms: GenesisTerms,
    ) -> Result<LedgerSummary, LedgerError> {
        if self.core.is_draining() {
            return Err(LedgerError::Draining);
        }
        if self.core.halt.is_stopped() {
            return Err(LedgerError::Stopped("an earlier write failed".into()));
        }
        if !self.core.names_are_known {
            return Err(LedgerError::NamesUnknown);
        }
        self.core.environment.confirmed_now()?;
        self.core.custody.keks()?;
        let (identity, _in_use) = self.core.signers.newest_in_use()?;
        self.core
            .anchor
            .prepare(terms.predecessor.is_some())
            .map_err(LedgerError::Anchor)?;
        // Whoever the predecessor was run by runs the successor, whatever this start was told.
        let kept = terms
            .predecessor
            .as_ref()
            .map(|ledger| ledger.origin.prefix());
        let origin = Origin::compose(
            kept.unwrap_or(&self.core.options.origin_prefix),
            &name,
            self.core.environment.bytes(),
        )
        .map_err(|error| LedgerError::Origin(error.to_string()))?;
        let (descriptor, index_key) =
            self.describe(name, origin, request_id, &terms, identity.public())?;
        let id = self.enter(&descriptor)?;
        let tiles = &self.core.registry.proven_tiles;
        let cell = Arc::new(genesis::empty_cell(id, descriptor, index_key, tiles)?);
        key_changes::seal_new(&*self.core.store, &cell)?;
        let empty = anchor::entry(&genesis::empty_head(cell.origin()));
        self.core
            .anchor
            .advance(&[(id, empty)])
            .map_err(LedgerError::Anchor)?;
        let (tip, commit, growth) = genesis::first_commit(
            Arc::clone(&cell),
            terms,
            &*identity,
            self.core.term,
            self.core.options.epoch_span,
            self.core.environment.entropy(),
        )?;
        let (reply, receiver) = oneshot::channel();
        let adoption = Box::new(Adoption {
            tip,
            commit,
            growth,
            reply,
        });
        self.core
            .queue
            .push(Work::Adopt(adoption))
            .map_err(|_closed| LedgerError::Draining)?;
        receiver
            .await
            .map_err(|_gone| LedgerError::Draining)?
            .map_err(|error| LedgerError::Stopped(error.to_string()))?;
        // The ledger is durable, so it has its name from here on, even if its first publication fails.
        self.core.registry.insert(Arc::clone(&cell));
        self.core.followers.ring();
        let core = &self.core;
        if let Err(error) = publication::publish(&cell, &*core.store, &core.signers) {
            warn!(ledger = %cell.origin(), %error, "the ledger is not published yet; the daemon tries again");
        }
        Ok(LedgerSummary::of(&cell))
    }

    /// What the catalogue says of a new ledger, and the key of its index.
    fn describe(
        &self,
        name: LedgerName,
        origin: Origin,
        request_id: String,
        terms: &GenesisTerms,
        identity: [u8; 32],
    ) -> Result<(Descriptor, IndexKey), LedgerError> {
        let keks = self.core.custody.keks()?;
        let (index_key, index_key_id, wrapped) =
            wrapping::new_index_key(origin.as_str(), &**keks, &self.core.environment)?;
        let switches = Switches::of(&terms.settings);
        let descriptor = Descriptor {
            name,
            origin,
            request_id,
            created: self.core.environment.now(),
            index_key_id,
            index_key: wrapped,
            predecessor: terms
                .predecessor
                .as_ref()
                .map(|predecessor| predecessor.origin.clone()),
            lifecycle: Lifecycle::Live,
            encrypts_all: switches.encrypts_all,
            access_trail: switches.access_trail,
            checks_events: switches.checks_events,
            identity,
            corrected: None,
        };
        let hasher = Some(IndexHasher::new(&index_key));
        Ok((descriptor, IndexKey::new(hasher, &self.core.custody)))
    }

    /// Enters a ledger in the catalogue, once the anchor has room for it. Handles that the anchor knows already belong to ledgers that an
    /// older copy of the store has lost: they are passed over.
    fn enter(&self, descriptor: &Descriptor) -> Result<LedgerId, LedgerError> {
        loop {
            let reserved = self.core.anchor.reserve();
            reserved.inspect_err(|_| files_watch::room_of_the_anchor(&self.core))?;
            let id = self.core.store.add_ledger(&descriptor.encode())?;
            self.core.anchor.entered(id);
            if !self.core.anchor.is_taken(id) {
                return Ok(id);
            }
            let passed_over = Descriptor {
                lifecycle: Lifecycle::Abandoned,
                ..descriptor.clone()
            };
            self.core.store.update_ledger(id, &passed_over.encode())?;
        }
    }
}
