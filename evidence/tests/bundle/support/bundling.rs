//! Checkpoints and bundles of a test ledger.

use std::io::Read;

use super::*;

impl Ledger {
    /// The checkpoint as a bundle has it, cosigned by `witnesses`: name, seed of the key, time.
    pub(crate) fn checkpoint(&self, witnesses: &[(&str, u8, u64)]) -> SignedNote {
        let text = Checkpoint {
            origin: self.origin.clone(),
            size: self.size(),
            root: self.root(),
        }
        .to_text();
        let key = self.key_of(&self.identity);
        let signature = self.identity.sign(text.as_bytes()).to_bytes();
        let mut signatures = vec![signature_line(key.name(), key.key_id(), &signature)];
        signatures.push(cosign(&text, key.name(), &self.identity, CHECKPOINT_TIME));
        for (name, seed, time) in witnesses {
            signatures.push(cosign(&text, name, &signing_key(*seed), *time));
        }
        SignedNote { text, signatures }
    }

    /// A bundle with this checkpoint.
    pub(crate) fn bundle_with(&mut self, selection: Selection, checkpoint: &SignedNote) -> Vec<u8> {
        let (key_events, governance) = (self.key_events.clone(), self.governance.clone());
        let contents: Vec<_> = governance
            .iter()
            .map(|(_, state)| move || Ok(Box::new(state.as_slice()) as Box<dyn Read>))
            .collect();
        let states: Vec<_> = governance
            .iter()
            .zip(&contents)
            .map(|((sequence, state), open)| GovernanceState {
                sequence: *sequence,
                sha256: sha256(state),
                bytes: state.len() as u64,
                open,
            })
            .collect();
        let plan = BundlePlan {
            checkpoint,
            selection,
            key_events: &key_events,
            states: &states,
            withhold_payloads: false,
        };
        let mut out = Vec::new();
        write_bundle(&plan, self, &mut out).unwrap();
        out
    }

    /// A bundle with an ordinary checkpoint.
    pub(crate) fn bundle(&mut self, selection: Selection) -> Vec<u8> {
        let checkpoint = self.checkpoint(&[]);
        self.bundle_with(selection, &checkpoint)
    }
}

/// A timestamped line.
pub(crate) fn cosign(text: &str, name: &str, key: &SigningKey, time: u64) -> SignatureLine {
    let vkey = witness_key(name, key);
    let signature = key.sign(&cosignature_message(time, text)).to_bytes();
    cosignature_line(name, vkey.key_id(), time, &signature)
}

/// The verifier key of a witness.
pub(crate) fn witness_key(name: &str, key: &SigningKey) -> VerifierKey {
    VerifierKey::new(
        name,
        SignatureType::Cosignature,
        key.verifying_key().to_bytes(),
    )
    .unwrap()
}

/// A body with the key that is disclosed for it.
fn with_key<'a>(part: Part<'a>, key: Option<&'a [u8; 32]>) -> Part<'a> {
    match (part, key) {
        (Part::Present { salt, bytes }, Some(event_key)) => Part::Disclosed {
            salt,
            bytes,
            event_key,
        },
        (part, _) => part,
    }
}

fn part(kept: &Kept) -> Part<'_> {
    match kept {
        Some((salt, bytes)) => Part::Present { salt: *salt, bytes },
        None => Part::None,
    }
}

impl RecordSource for Ledger {
    type Error = Infallible;

    fn for_each(
        &mut self,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(SourceRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), Infallible> {
        for sequence in from..to {
            let record = &self.records[sequence as usize];
            let state = |domain| {
                self.states
                    .iter()
                    .find(|state| (state.0, state.1) == (sequence, domain))
                    .map(|state| state.2)
            };
            let body = state(Domain::Body).unwrap_or_else(|| part(&record.body));
            let body = with_key(body, self.disclosed.get(&sequence));
            let payload = state(Domain::Payload).unwrap_or_else(|| part(&record.payload));
            let shown = SourceRecord {
                sequence,
                header: &record.header,
                chain: record.chain,
                body,
                payload,
            };
            if visit(shown).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn node(&mut self, node: NodeId) -> Result<TreeHash, Infallible> {
        Ok(self.nodes[node.level as usize][node.index as usize])
    }
}
