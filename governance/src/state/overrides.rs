//! Overrides of gates that failed: two people in two roles sign the same message within a day, for one decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    claim::aegis::Gate,
    day::{DAY_NS, SECOND_NS},
    digest::Digest,
    limits::{
        GOVERNED_NAME_BYTES_MAX, OVERRIDE_SECONDS, OVERRIDE_SIGNERS_MAX, STATE_PROPOSALS_MAX,
    },
    record::{OverrideRequested, OverrideSigned},
    state::{clockwork::Clockwork, misfit::Misfit},
};

/// The roles that must sign, each once.
pub(super) const ROLES: [&str; 2] = ["risk_lead", "security_lead"];
/// The gates that can be overridden. That of complexity can't.
const GATES: [Gate; 5] = [
    Gate::Risk,
    Gate::Profit,
    Gate::Novelty,
    Gate::Quality,
    Gate::Utility,
];

/// Where an override stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideState {
    /// Nobody has signed.
    Pending,
    /// One has signed.
    Partial,
    /// Both have signed.
    Approved,
    /// Somebody signed another message.
    Rejected,
    /// A day has passed.
    Expired,
    /// A decision used it up.
    Used,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    pub(super) requested: OverrideRequested,
    pub(super) at: u64,
    state: OverrideState,
    /// Role and signer.
    pub(super) signed: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Overrides {
    pub(super) overrides: BTreeMap<u64, Override>,
    #[serde(skip)]
    due: Clockwork<u64>,
}

/// Why an override can't be asked for, signed or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverrideRefusal {
    /// The gate can't be overridden.
    #[error("the complexity gate can't be overridden")]
    NotOverridable,
    /// Nothing failed.
    #[error("an override names the gates that failed")]
    NoGate,
    /// There is no such gate.
    #[error("the gates are risk, profit, novelty, quality and utility")]
    UnknownGate,
    /// A gate failed that the override does not name.
    #[error("the override does not name all gates that failed; ask for one of this act as it is")]
    OtherGates,
    /// Whoever signs is not registered.
    #[error(
        "whoever signs is not registered as a signer; whoever manages the ledger's policies registers signers"
    )]
    NotASigner,
    /// Whoever signs is registered in the other role.
    #[error(
        "whoever signs is registered in another role; `override signers` lists the role of each signer"
    )]
    OtherRole,
    /// The key is not that of whoever signs.
    #[error(
        "the signer is registered with another key; `override signers` lists the key of each signer"
    )]
    OtherKey,
    /// The signature does not verify.
    #[error(
        "the signature does not verify under the signer's registered key; sign the message that `override list` shows"
    )]
    Signature,
    /// There is none of this number.
    #[error("there is no such override, or it ended more than a day ago")]
    Unknown,
    /// It is at its end.
    #[error("the override is at its end: approved, rejected, expired or used")]
    Ended,
    /// Whoever asked can't sign.
    #[error("whoever asked for the override can't sign it")]
    Requester,
    /// The role does not sign.
    #[error("an override is signed by a risk_lead and a security_lead")]
    Role,
    /// The role or the person has signed already.
    #[error("this role or this person has signed already; two different people must")]
    Twice,
    /// The name of a signer can't be one.
    #[error(
        "the name of a signer has 1 to {GOVERNED_NAME_BYTES_MAX} bytes and no control characters"
    )]
    SignerName,
    /// The key can't be one.
    #[error(
        "the public key is not an Ed25519 public key that can be signed with: 64 hexadecimal digits of lower case"
    )]
    Key,
    /// Somebody else has the key.
    #[error("the key is registered for somebody else; each signer needs a key of their own")]
    KeyOfAnother,
    /// There are as many signers as there may be.
    #[error("the ledger has {OVERRIDE_SIGNERS_MAX} signers, which is the limit")]
    TooManySigners,
    /// It is for another act.
    #[error("the override is for another act; ask for one of this")]
    OtherAct,
    /// It is not approved.
    #[error("the override is not approved")]
    NotApproved,
    /// There are as many as there may be.
    #[error(
        "the ledger has {STATE_PROPOSALS_MAX} overrides that are not forgotten, which is the limit"
    )]
    TooMany,
}

impl OverrideState {
    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Partial => "partial",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Used => "used",
        }
    }
}

impl Override {
    pub(super) fn expires(&self) -> u64 {
        self.at.saturating_add(OVERRIDE_SECONDS * SECOND_NS)
    }

    pub(super) fn state_at(&self, time: u64) -> OverrideState {
        match self.state {
            OverrideState::Pending | OverrideState::Partial | OverrideState::Approved
                if time > self.expires() =>
            {
                OverrideState::Expired
            }
            state => state,
        }
    }
}

impl Overrides {
    pub(super) fn request(
        &mut self,
        sequence: u64,
        time: u64,
        requested: &OverrideRequested,
    ) -> Result<(), Misfit> {
        check(requested).map_err(|_| Misfit::Override)?;
        let requested = requested.clone();
        let state = OverrideState::Pending;
        let signed = Vec::new();
        let request = Override {
            requested,
            at: time,
            state,
            signed,
        };
        self.due
            .set(&sequence, request.expires().saturating_add(DAY_NS));
        self.overrides.insert(sequence, request);
        Ok(())
    }

    pub(super) fn check_signature(
        &self,
        time: u64,
        signed: &OverrideSigned,
    ) -> Result<(), OverrideRefusal> {
        let found = self.overrides.get(&signed.request);
        let found = found.ok_or(OverrideRefusal::Unknown)?;
        if !matches!(
            found.state_at(time),
            OverrideState::Pending | OverrideState::Partial
        ) {
            return Err(OverrideRefusal::Ended);
        }
        if found.requested.requested_by == signed.signer {
            return Err(OverrideRefusal::Requester);
        }
        if !ROLES.contains(&&*signed.role) {
            return Err(OverrideRefusal::Role);
        }
        let mut before = found.signed.iter();
        match before.any(|(role, signer)| *role == signed.role || *signer == signed.signer) {
            true => Err(OverrideRefusal::Twice),
            false => Ok(()),
        }
    }

    pub(super) fn sign(&mut self, time: u64, signed: &OverrideSigned) -> Result<(), Misfit> {
        self.check_signature(time, signed)
            .map_err(|_| Misfit::Override)?;
        let found = self
            .overrides
            .get_mut(&signed.request)
            .ok_or(Misfit::Override)?;
        found
            .signed
            .push((signed.role.clone(), signed.signer.clone()));
        found.state = match (
            found.requested.message == signed.message,
            found.signed.len(),
        ) {
            (false, _) => OverrideState::Rejected,
            (true, 1) => OverrideState::Partial,
            (true, _) => OverrideState::Approved,
        };
        Ok(())
    }

    /// Whether it can still be rejected.
    pub(super) fn check_rejection(&self, time: u64, number: u64) -> Result<(), OverrideRefusal> {
        let found = self.overrides.get(&number);
        match found.ok_or(OverrideRefusal::Unknown)?.state_at(time) {
            OverrideState::Pending | OverrideState::Partial | OverrideState::Approved => Ok(()),
            _ => Err(OverrideRefusal::Ended),
        }
    }

    pub(super) fn reject(&mut self, time: u64, number: u64) -> Result<(), Misfit> {
        self.check_rejection(time, number)
            .map_err(|_| Misfit::Override)?;
        let found = self.overrides.get_mut(&number).ok_or(Misfit::Override)?;
        found.state = OverrideState::Rejected;
        Ok(())
    }

    pub(super) fn check_use(
        &self,
        time: u64,
        number: u64,
        act: &Digest,
        failed: &[Gate],
    ) -> Result<(), OverrideRefusal> {
        let found = self
            .overrides
            .get(&number)
            .ok_or(OverrideRefusal::Unknown)?;
        let named = &found.requested.failed_gates;
        let names = |gate: &Gate| named.iter().any(|name| name == gate.name());
        match found.state_at(time) {
            _ if found.requested.act != *act => Err(OverrideRefusal::OtherAct),
            _ if !failed.iter().all(names) => Err(OverrideRefusal::OtherGates),
            OverrideState::Approved => Ok(()),
            _ => Err(OverrideRefusal::NotApproved),
        }
    }

    /// One decision uses it up.
    pub(super) fn use_up(
        &mut self,
        time: u64,
        number: u64,
        act: &Digest,
        failed: &[Gate],
    ) -> Result<(), Misfit> {
        self.check_use(time, number, act, failed)
            .map_err(|_| Misfit::Override)?;
        let found = self.overrides.get_mut(&number).ok_or(Misfit::Override)?;
        found.state = OverrideState::Used;
        Ok(())
    }

    pub(super) fn advance(&mut self, now: u64) {
        while let Some((_, sequence)) = self.due.take(now) {
            self.overrides.remove(&sequence);
        }
    }

    pub(super) fn rewind(&mut self) {
        for (sequence, request) in &self.overrides {
            self.due
                .set(sequence, request.expires().saturating_add(DAY_NS));
        }
    }
}

pub(super) fn check(requested: &OverrideRequested) -> Result<(), OverrideRefusal> {
    let is_one = |name: &String| GATES.iter().any(|gate| gate.name() == name);
    match &requested.failed_gates[..] {
        [] => Err(OverrideRefusal::NoGate),
        gates if gates.iter().any(|gate| gate == Gate::Complexity.name()) => {
            Err(OverrideRefusal::NotOverridable)
        }
        gates if !gates.iter().all(is_one) => Err(OverrideRefusal::UnknownGate),
        _ => Ok(()),
    }
}
