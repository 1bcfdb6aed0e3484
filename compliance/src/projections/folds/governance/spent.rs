//! What acts really used, as their ends say, by the model and the session of the decisions that allowed them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    gate::{Completion, Decision},
    projections::{
        measure::TOO_MANY,
        pieces::{Absorb, Last, Numbered, Sum, absorb_fields},
        table::{Cell, Table},
    },
};

/// Acts of one state.
const ACTS_MAX: usize = 1 << 17;

/// One act: what its decision says of it, and what its end says that it used. Money is in billionths of a dollar.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Act {
    #[serde(rename = "e")]
    ends: Sum,
    #[serde(rename = "m")]
    model: Last<String>,
    #[serde(rename = "o")]
    overruns: Sum,
    #[serde(rename = "s")]
    session: Last<String>,
    #[serde(rename = "t")]
    tokens: Sum,
    #[serde(rename = "u")]
    nano_usd: Sum,
}

absorb_fields!(Act {
    ends,
    model,
    nano_usd,
    overruns,
    session,
    tokens
});

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Spent(Numbered<Act, ACTS_MAX>);

impl Absorb for Spent {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

/// Acts of one name, how many are known to have ended, and what these used.
#[derive(Default)]
struct Total {
    acts: u64,
    ended: Act,
}

impl Spent {
    /// A decision, which is no shadow. What was not allowed used nothing.
    pub(super) fn decided(&mut self, decision: &Decision, sequence: u64) {
        let is_meant = decision.model().is_some() || decision.act.session.is_some();
        if decision.verdict.is_allowed()
            && is_meant
            && let Some(act) = self.0.at(sequence)
        {
            act.model = Last(decision.model().map(str::to_owned));
            act.session = Last(decision.act.session.clone());
        }
    }

    pub(super) fn completed(&mut self, completion: &Completion) {
        if let Some(act) = self.0.at(completion.decision) {
            act.ends.add(1);
            act.overruns.add(u64::from(completion.overrun));
            act.tokens.add(completion.used.tokens.unwrap_or_default());
            act.nano_usd.add(completion.used.cost.unwrap_or_default());
        }
    }

    pub(super) fn tables(&self) -> [Table; 2] {
        macro_rules! by {
            ($name:literal, $key:literal, $of:ident) => {
                Table {
                    name: $name,
                    columns: &[
                        $key,
                        "acts_allowed",
                        "acts_ended",
                        "overruns",
                        "tokens_used",
                        "nano_usd_used",
                    ],
                    rows: self.rows(|act| act.$of.0.as_deref()),
                }
            };
        }
        [
            by!("governance.by_model", "model", model),
            by!("governance.by_session", "session", session),
        ]
    }

    fn rows(&self, key: impl Fn(&Act) -> Option<&str>) -> Vec<Vec<Cell>> {
        let Some(acts) = self.0.all() else {
            return vec![vec![Cell::Text(TOO_MANY.to_owned())]];
        };
        let mut totals = BTreeMap::<&str, Total>::new();
        for act in acts.values() {
            if let Some(name) = key(act) {
                let total = totals.entry(name).or_default();
                total.acts += 1;
                total.ended.absorb(act.clone());
            }
        }
        let row = |(name, total): (&str, Total)| {
            let ended = total.ended;
            vec![
                name.into(),
                total.acts.into(),
                ended.ends.value().into(),
                ended.overruns.value().into(),
                ended.tokens.value().into(),
                ended.nano_usd.value().into(),
            ]
        };
        totals.into_iter().map(row).collect()
    }
}
