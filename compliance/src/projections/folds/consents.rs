//! Consents: given and withdrawn, and what rests on them.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Consent as Event, ConsentStatus, Known},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Barred, Counted, Hash16, Hashed, Timeline, absorb_fields},
        record::Record,
        table::{Cell, Table},
    },
};

/// Consents of one state.
const CONSENTS_MAX: usize = 1 << 17;
/// How an event says that it rests on one.
const CONSENT: &str = "consent";

/// See the module. Ids of consents are only kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Consents {
    /// Events whose bodies, or whose facts of all types, can't be read: each may rest on a consent.
    closed: Counted,
    consents: Hashed<Consent, CONSENTS_MAX>,
    given: Counted,
    naming: Counted,
    not_readable: Counted,
    on_consent: Counted,
    range: Timeline,
    withdrawn: Counted,
}

/// What is known of a consent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Consent {
    #[serde(rename = "u")]
    uses: Barred,
}

absorb_fields!(Consent { uses });
absorb_fields!(Consents {
    closed,
    consents,
    given,
    naming,
    not_readable,
    on_consent,
    range,
    withdrawn
});

impl Consents {
    fn status(&mut self, event: &Event<'_>, sequence: u64) {
        let withdrawn = event.status == ConsentStatus::Withdrawn;
        if withdrawn {
            self.withdrawn.see(sequence);
        } else {
            self.given.see(sequence);
        }
        if let Some(consent) = self.consents.at(Hash16::of(event.consent_id)) {
            consent.uses.order(withdrawn);
        }
    }

    fn gathered(&self, of: fn(&Consent) -> &Counted) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        let all = self.consents.all()?.values();
        all.for_each(|consent| gathered.take_in(of(consent)));
        Some(gathered)
    }
}

impl Fold for Consents {
    const NAME: &'static str = "consents";
    const VERSION: u32 = 2;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        self.range.see(sequence, record.time());
        let Some(event) = &record.event else { return };
        if let Some(Known::Consent(event)) = record.known() {
            self.status(event, sequence);
            return;
        }
        if record.may_be(Event::TYPE) {
            self.not_readable.see(sequence);
            return;
        }
        if record.hides_common() {
            self.closed.see(sequence);
        }
        let named = event.common.consent_id;
        if event.common.legal_basis == Some(CONSENT) || named.is_some() {
            self.on_consent.see(sequence);
        }
        if let Some(named) = named {
            self.naming.see(sequence);
            if let Some(consent) = self.consents.at(Hash16::of(named)) {
                consent.uses.see(sequence);
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let (unread, closed) = (self.not_readable.count(), self.closed.count());
        measures.count("consents.not_readable", &self.not_readable);
        for (name, counted) in [
            ("consents.given", &self.given),
            ("consents.withdrawn", &self.withdrawn),
        ] {
            measures
                .count(name, counted)
                .of_family(self.given.count() + self.withdrawn.count(), unread);
        }
        let on_consent = self.on_consent.count();
        measures
            .count("consents.events_on_consent", &self.on_consent)
            .of_family(on_consent, closed);
        measures
            .share(
                "consents.share_naming_consent",
                self.naming.count(),
                on_consent,
                &[],
                "no event that can be read rests on a consent",
            )
            .of_family(on_consent, closed);
        let before = self.range.first().is_some_and(|(first, _)| first > 0);
        measures
            .gathered(
                "consents.used_after_withdrawal",
                self.gathered(|consent| consent.uses.while_barred()),
            )
            .of(on_consent + closed)
            .unread(Unread::once(closed).many(unread).before(before));
        // Nothing in the range says that it was given before.
        measures
            .gathered(
                "consents.used_unknown",
                self.gathered(|consent| consent.uses.before_order()),
            )
            .of(on_consent + closed)
            .unread(Unread::once(closed).fewer(unread).earlier(before));
    }

    fn tables(&self) -> Vec<Table> {
        let row = |status: ConsentStatus, counted: &Counted| -> Vec<Cell> {
            vec![status.word().into(), counted.count().into(), counted.into()]
        };
        vec![Table {
            name: "consents.by_status",
            columns: &["status", "events", "records"],
            rows: vec![
                row(ConsentStatus::Given, &self.given),
                row(ConsentStatus::Withdrawn, &self.withdrawn),
            ],
        }]
    }
}
