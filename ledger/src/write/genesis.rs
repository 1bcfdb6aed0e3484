//! How a ledger begins: its genesis and first epoch certificate form the first commit, signed by both keys.

use std::sync::Arc;

use indelible_evidence::{
    chain::ChainHasher,
    checkpoint::signature_line,
    hash::ChainHash,
    header::RecordKind,
    key_event::{Genesis, Predecessor, PublicKey, Settings},
    note::{SignatureType, VerifierKey},
    origin::Origin,
    tree::empty_root,
};
use indelible_keystore::{Entropy, KeyError, Signer};
use indelible_store::{Commit, Head, LedgerId, Term};

use crate::{
    keys::epoch::OwnedStatement,
    state::{
        descriptor::Descriptor,
        event_identity::IndexKey,
        proven_tiles::ProvenTiles,
        shared::{Committed, LedgerState},
        tree_edge::{EdgeGrowth, PartialTiles, TreeBuilder},
    },
    write::{
        link::{Draft, Tip},
        unindexed_ids::UnindexedIds,
    },
};

/// The key to pin of a ledger: the identity that its genesis names.
pub(crate) fn verifier_key(descriptor: &Descriptor) -> Result<VerifierKey, KeyError> {
    let origin = descriptor.origin.as_str();
    VerifierKey::new(origin, SignatureType::Ed25519, descriptor.identity)
        .map_err(|_| KeyError::NotTrustworthy)
}

/// The head of a ledger that has no record yet.
pub(crate) fn empty_head(origin: &Origin) -> Head {
    Head {
        size: 0,
        chain: ChainHasher::start(origin),
        root: empty_root(),
        time: 0,
        newest_key_event: 0,
        last_event: None,
        key_mark: None,
        checkpoint: String::new(),
    }
}

/// A cell for a ledger that has no record yet.
pub(crate) fn empty_cell(
    id: LedgerId,
    descriptor: Descriptor,
    index_key: IndexKey,
    proven_tiles: &Arc<ProvenTiles>,
) -> Result<LedgerState, KeyError> {
    let verifier_key = verifier_key(&descriptor)?;
    let committed = Committed {
        head: empty_head(&descriptor.origin),
        partial: PartialTiles::default(),
    };
    Ok(LedgerState::new(
        id,
        descriptor,
        verifier_key,
        index_key,
        committed,
        Arc::clone(proven_tiles),
    ))
}

/// What a genesis says besides the origin and the identity.
pub(crate) struct GenesisTerms {
    pub(crate) settings: Settings,
    pub(crate) recovery: Option<PublicKey>,
    pub(crate) predecessor: Option<Predecessor>,
}

/// Builds the first commit of a ledger, and the writer's view after it.
pub(crate) fn first_commit(
    cell: Arc<LedgerState>,
    terms: GenesisTerms,
    identity: &dyn Signer,
    term: Term,
    epoch_span: u64,
    entropy: &dyn Entropy,
) -> Result<(Tip, Commit, EdgeGrowth), KeyError> {
    let created = cell.descriptor.created;
    let start: ChainHash = ChainHasher::start(cell.origin());
    let mut tip = Tip {
        cell: Arc::clone(&cell),
        chain: start,
        time: created,
        newest_key_event: 0,
        last_event: None,
        edge: TreeBuilder::default(),
        epoch: None,
        pending: UnindexedIds::starting_at(0),
        in_flight: std::collections::VecDeque::new(),
        gate: Default::default(),
    };
    let genesis = sign_genesis(cell.origin(), created, terms, identity)?;
    let mut hasher = ChainHasher::new();
    let mut draft = Draft::begin(&mut tip, &mut hasher, created);
    let header = draft.next_header(RecordKind::Genesis(genesis.as_statement()));
    cell.change_keys(|keys| keys.apply(&header))
        .map_err(|_| KeyError::NotTrustworthy)?;
    draft.key_event(header.kind);
    draft.certify(0, epoch_span, identity, entropy)?;
    let key = cell.verifier_key.clone();
    let (commit, growth) = draft.seal(term, |text| {
        Ok(vec![signature_line(
            key.name(),
            key.key_id(),
            &identity.sign(text.as_bytes())?,
        )])
    })?;
    Ok((tip, commit, growth))
}

fn sign_genesis(
    origin: &Origin,
    created: u64,
    terms: GenesisTerms,
    identity: &dyn Signer,
) -> Result<OwnedStatement, KeyError> {
    let key = PublicKey::from_bytes(identity.public()).map_err(|_| KeyError::NotTrustworthy)?;
    let genesis = Genesis {
        origin: origin.clone(),
        created,
        identity: key.into(),
        recovery: terms.recovery,
        settings: Some(terms.settings),
        predecessor: terms.predecessor,
    };
    let statement = genesis.encode();
    let signature = identity.sign(&Genesis::message(&statement))?;
    Ok(OwnedStatement {
        statement,
        signatures: vec![signature],
    })
}
