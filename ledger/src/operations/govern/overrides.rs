//! Overrides of gates that failed: asked for, signed by two people, or rejected.

use indelible_evidence::FieldViolation;
use indelible_governance::{
    digest::Digest,
    limits::{GOVERNED_NAME_BYTES_MAX, OVERRIDE_GATES_MAX, OVERRIDE_JUSTIFICATION_BYTES_MAX},
    record::{Entry, OverrideRequested, OverrideSigned, OverrideSigner},
    state::{OverrideRefusal, OverrideState, OverrideView, Person, SignerView, State},
};

use super::asking::Placed;
use crate::{core::Ledger, state::govern_error::GovernError, write::ask::Moment};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewOverride {
    /// The digest of exactly the act.
    pub act: Digest,
    /// What the message names as the proposal.
    pub proposal: String,
    /// Why.
    pub justification: String,
    /// The gates that failed.
    pub failed_gates: Vec<String>,
}

/// An override that was asked for.
#[derive(Clone, Debug)]
pub struct OverrideAsked {
    /// Where it is recorded; the sequence number is the override's.
    pub placed: Placed,
    /// The digest of the message that must be signed.
    pub message: Digest,
}

impl Ledger {
    /// Says in which role and with which key somebody may sign overrides, or strikes them off.
    ///
    /// # Errors
    /// If the key can't be one or is somebody else's, or nothing can be recorded.
    pub async fn register_signer(
        &self,
        signer: OverrideSigner,
        by: &str,
    ) -> Result<Placed, GovernError> {
        super::asking::check_name("signer", &signer.signer)?;
        let (ledger, by) = (self.clone(), by.to_owned());
        let register = move |state: &State, _: Moment| {
            state.check_signer(&signer)?;
            let written = ledger.own_record(Entry::OverrideSigner(signer), Some(&by))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, register).await?.0)
    }

    /// Asks for an override.
    ///
    /// # Errors
    /// If it can't be asked for, or nothing can be recorded.
    pub async fn request_override(
        &self,
        new: NewOverride,
        by: &str,
    ) -> Result<OverrideAsked, GovernError> {
        check(&new)?;
        let mut requested = OverrideRequested {
            act: new.act,
            message: new.act,
            failed_gates: new.failed_gates,
            requested_by: by.to_owned(),
            proposal: new.proposal,
            justification: new.justification,
        };
        let text = requested.message_text(&self.cell.origin().to_string());
        let message = Digest::of(text.as_bytes());
        requested.message = message;
        let (ledger, by) = (self.clone(), by.to_owned());
        let request = move |state: &State, _: Moment| {
            state.check_override(&requested)?;
            let written = ledger.own_record(Entry::OverrideRequested(requested), Some(&by))?;
            Ok(((), vec![written]))
        };
        let placed = self.record_own(1, request).await?.0;
        Ok(OverrideAsked { placed, message })
    }

    /// Records a signature, which must verify under the signer's registered key. One over another message than the one that
    /// was asked for rejects the override. Answers where the override stands then.
    ///
    /// # Errors
    /// If it can't be signed, not by this person, or nothing can be recorded.
    pub async fn sign_override(
        &self,
        by: Person,
        number: u64,
        message: Digest,
        signature: [u8; 64],
    ) -> Result<(Placed, Option<OverrideState>), GovernError> {
        super::people::check_approver(&by)?;
        let ledger = self.clone();
        let sign = move |state: &State, moment: Moment| {
            let signer = by.name().to_owned();
            let registered = state.signer(&signer);
            let (role, key) = registered.ok_or(OverrideRefusal::NotASigner)?;
            let signed = OverrideSigned {
                request: number,
                role: role.to_owned(),
                signer,
                message,
                key: key.to_owned(),
                signature: hex(&signature),
            };
            state.check_signature(moment.position.time, &signed)?;
            state.check_second(number, &by)?;
            let written = ledger.own_record(Entry::OverrideSigned(signed), Some(by.name()))?;
            Ok(((), vec![written]))
        };
        let placed = self.record_own(1, sign).await?.0;
        let stands = self.look(move |state, time| state.override_state(time, number));
        Ok((placed, stands.await?))
    }

    /// Rejects an override.
    ///
    /// # Errors
    /// If it is at its end, or nothing can be recorded.
    pub async fn reject_override(&self, by: Person, number: u64) -> Result<Placed, GovernError> {
        let ledger = self.clone();
        let reject = move |state: &State, moment: Moment| {
            state.check_rejection(moment.position.time, number)?;
            let entry = Entry::OverrideRejected {
                request: number,
                by: by.name().to_owned(),
            };
            let written = ledger.own_record(entry, Some(by.name()))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, reject).await?.0)
    }

    /// Overrides from a number on, at most so many, each with the text of its message.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn overrides(
        &self,
        from: u64,
        most: usize,
    ) -> Result<Vec<(OverrideView, String)>, GovernError> {
        let origin = self.cell.origin().to_string();
        let views = self.look(move |state, time| state.overrides(time, from, most));
        let views = views.await?.into_iter();
        let with_text = views.map(|view| {
            let text = view.requested.message_text(&origin);
            (view, text)
        });
        Ok(with_text.collect())
    }

    /// Those who may sign overrides.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn override_signers(&self) -> Result<Vec<SignerView>, GovernError> {
        self.look(|state, _| state.signers()).await
    }
}

fn check(new: &NewOverride) -> Result<(), GovernError> {
    let NewOverride {
        proposal,
        justification,
        failed_gates,
        ..
    } = new;
    if justification.trim().is_empty() || justification.len() > OVERRIDE_JUSTIFICATION_BYTES_MAX {
        let problem = format!("must have 1 to {OVERRIDE_JUSTIFICATION_BYTES_MAX} bytes");
        return Err(wrong("justification", &problem));
    }
    if proposal.len() > GOVERNED_NAME_BYTES_MAX {
        let problem = format!("must have at most {GOVERNED_NAME_BYTES_MAX} bytes");
        return Err(wrong("proposal", &problem));
    }
    if failed_gates.len() > OVERRIDE_GATES_MAX {
        let problem = format!("must name at most {OVERRIDE_GATES_MAX} gates");
        return Err(wrong("failed_gates", &problem));
    }
    for gate in failed_gates {
        super::asking::check_name("failed_gates", gate)?;
    }
    Ok(())
}

fn wrong(field: &str, problem: &str) -> GovernError {
    GovernError::Field(FieldViolation {
        field: field.into(),
        problem: problem.into(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
