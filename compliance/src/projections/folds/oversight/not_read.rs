//! What can't be read of the families that oversight is made of.

use super::Oversight;
use crate::{
    conventions::{
        ApprovalDenied, ApprovalExpired, ApprovalGranted, ApprovalRequested, Decision, Notice,
        Override, Oversight as Event, RequestReceived, ToolCall,
    },
    projections::{folds::operators::AGENTS_NAMED_BY, record::Record},
};

impl Oversight {
    /// Takes in a record that is not known to be of any type.
    pub(super) fn see_unread(&mut self, record: &Record<'_>) {
        let (asked, granted, denied, expired) = (
            ApprovalRequested::TYPE,
            ApprovalGranted::TYPE,
            ApprovalDenied::TYPE,
            ApprovalExpired::TYPE,
        );
        let approvals = [asked, granted, denied, expired];
        let reviews = [Decision::TYPE, Override::TYPE, Event::TYPE];
        let humans = [Override::TYPE, Event::TYPE, asked, granted, denied, expired];
        for (types, counted) in [
            (&[Decision::TYPE][..], &mut self.decisions_not_readable),
            (&[Override::TYPE], &mut self.overrides_not_readable),
            (&[Event::TYPE], &mut self.interventions_not_readable),
            (&approvals, &mut self.approvals_not_readable),
            (&[asked], &mut self.requested_not_readable),
            (&[granted], &mut self.granted_not_readable),
            (&[denied], &mut self.denied_not_readable),
            (&[expired], &mut self.expired_not_readable),
            (&approvals[1..], &mut self.answers_not_readable),
            (&humans, &mut self.not_readable),
            (&AGENTS_NAMED_BY, &mut self.agents_not_readable),
            (&[ToolCall::TYPE], &mut self.calls_not_readable),
            (&[Notice::TYPE], &mut self.notices_not_readable),
            (&[RequestReceived::TYPE], &mut self.requests_not_readable),
            // One that belongs to two of these is one.
            (&with_agents(&approvals), &mut self.approvals_or_agents),
            (&with_agents(&humans), &mut self.humans_or_agents),
            (&with_agents(&reviews), &mut self.reviews_or_agents),
            (
                &with_agents(&[&reviews[..], &[RequestReceived::TYPE]].concat()),
                &mut self.contests_or_agents,
            ),
        ] {
            if record.may_be_any(types) {
                counted.see(record.sequence());
            }
        }
    }
}

/// The same types, and those by which agents are named.
fn with_agents(types: &[&'static str]) -> Vec<&'static str> {
    types.iter().chain(&AGENTS_NAMED_BY).copied().collect()
}
