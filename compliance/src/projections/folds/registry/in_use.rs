//! What the state says of what is in use, and of what was used before anybody had registered it.

use super::{Entry, Policy, Registry, Tool, used_before};
use crate::{
    conventions::PolicyKind,
    projections::{
        folds::retention::NANOSECONDS_OF_DAY,
        measure::{Measures, Unread},
        pieces::{Counted, parts},
    },
};

/// Days within which metrics of a model are taken again.
const MEASURED_DAYS: u64 = 30;

/// The first record of these.
fn first(counted: &Counted) -> Option<u64> {
    counted.records().first().copied()
}

/// The record that shows that a thing is counted: of what is registered its registration, otherwise its first use.
fn shown_by(name: &str, used: &Counted, registered: &Counted) -> Option<u64> {
    match name.ends_with("_registered") {
        true => first(registered),
        false => first(used),
    }
}

impl Registry {
    fn policies_of(&self, kind: PolicyKind) -> Option<u64> {
        let registered =
            |policy: &Policy| policy.registered.count() > 0 && policy.kind.0 == Some(kind);
        let all = self.policies.all()?;
        Some(all.filter(|(_, policy)| registered(policy)).count() as u64)
    }

    /// What is used may have been registered before the range.
    fn begins_late(&self) -> bool {
        self.range.first().is_some_and(|(first, _)| first > 0)
    }

    pub(super) fn of_models(&self, measures: &mut Measures) {
        let uses = self.uses_not_readable.count();
        let models = self.releases_not_readable.count();
        let released = |model: &Entry| model.registered.count() > 0;
        let used = |model: &Entry| model.used.count() > 0;
        let number = |holds: &dyn Fn(&Entry) -> bool| {
            let all = self.models.all();
            all.map_or(0, |all| {
                all.filter(|(_, entry)| holds(entry)).count() as u64
            })
        };
        let (number_used, number_released) = (number(&used), number(&released));
        measures
            .names("registry.models_released", &self.models, released)
            .of_family(number_released, models);
        measures
            .names("registry.models_used", &self.models, used)
            .of_family(number_used, uses);
        // A model that can't be read may be the release, or the return, of one that counts.
        let unsaid = self.uses_unnamed.count();
        let unnamed = Unread::once(uses + unsaid).unsaid(unsaid);
        let unreleased = unnamed.over(models).earlier(self.begins_late());
        let of_used = number_used + uses + self.uses_unnamed.count();
        measures
            .names_at(
                "registry.models_used_unreleased",
                &self.models,
                |model| used(model) && !released(model),
                |model| first(&model.used),
            )
            .of(of_used)
            .unread(unreleased);
        measures
            .names_at(
                "registry.models_used_before_release",
                &self.models,
                |model| used_before(&model.used, &model.registered),
                |model| first(&model.used),
            )
            .of(of_used)
            .unread(unreleased);
        self.of_uses(of_used, unnamed, measures);
        self.of_releases(number_released, measures);
    }

    /// Puts how models were used: measured all along, named, not after they were retired.
    fn of_uses(&self, of_used: u64, unnamed: Unread, measures: &mut Measures) {
        let uses = self.uses_not_readable.count();
        let models = self.models_not_readable.count();
        let retirements = self.retirements_not_readable.count();
        let used = |model: &Entry| model.used.count() > 0;
        let measured = self.models.all().map(|all| {
            let models = all.filter(|(_, model)| used(model));
            let span = MEASURED_DAYS * NANOSECONDS_OF_DAY;
            models.fold((0, 0), |(part, whole), (_, model)| {
                let is_measured = model.is_measured_every(span);
                (part + u64::from(is_measured), whole + 1)
            })
        });
        measures
            .share_known(
                &format!("registry.share_models_measured_{MEASURED_DAYS}d"),
                measured,
                "no client's event names a model that was used",
            )
            .of(of_used)
            .unread(unnamed.over(uses).more(uses).of_events(uses));
        measures
            .count("registry.uses_without_model", &self.uses_without_model)
            .of_family(self.uses.count(), uses);
        measures
            .names("registry.models_retired", &self.models, |model| {
                model.retired.count() > 0
            })
            .of_family(self.models.count().unwrap_or_default(), retirements);
        measures
            .names_at(
                "registry.models_used_after_retirement",
                &self.models,
                |model| model.uses.while_barred().count() > 0,
                |model| first(model.uses.while_barred()),
            )
            .of(of_used)
            .unread(unnamed.many(models));
    }

    /// Puts how models were released: approved by somebody else, and evaluated before.
    fn of_releases(&self, released: u64, measures: &mut Measures) {
        let models = self.releases_not_readable.count();
        let evaluations = self.evaluations_not_readable.count();
        measures
            .count(
                "registry.models_released_without_approver",
                &self.models_without_approver,
            )
            .of_family(self.releases.count(), models);
        // Whoever approved a release may have recorded it, where nobody says who did.
        let unsaid = self.models_author_unsaid.count();
        measures
            .count(
                "registry.models_approved_by_author",
                &self.models_approved_by_author,
            )
            .of(self.releases.count() + models)
            .unread(Unread::once(models + unsaid).unsaid(unsaid));
        measures
            .names_at(
                "registry.models_released_without_evaluation",
                &self.models,
                |model| used_before(&model.registered, &model.evaluated),
                |model| first(&model.registered),
            )
            .of(released + models)
            .unread(
                Unread::once(models)
                    .over(evaluations)
                    .earlier(self.begins_late()),
            );
        let of_released = |holds: fn(&Entry) -> bool| {
            let all = self.models.all()?;
            let released = all.filter(|(_, model)| model.registered.count() > 0);
            Some(released.filter(|(_, model)| holds(model)).count() as u64)
        };
        for (name, part) in [
            (
                "registry.share_models_with_impact_assessment",
                of_released(|model| model.impact_assessed),
            ),
            (
                "registry.share_models_with_provider",
                of_released(|model| model.provider_named),
            ),
        ] {
            let share = part.map(|part| (part, released));
            measures
                .share_known(name, share, "no model was released")
                .of(released + models)
                .unread(Unread::once(models).more(models).of_events(models));
        }
        measures
            .count("registry.evaluations", &self.evaluations)
            .of_family(self.evaluations.count(), evaluations);
    }

    pub(super) fn of_policies(&self, measures: &mut Measures) {
        // Only decisions name a policy.
        let uses = self.decisions_not_readable.count();
        let policies = self.policies_not_readable.count();
        let number = |holds: fn(&Policy) -> bool| {
            let all = self.policies.all();
            all.map_or(0, |all| {
                all.filter(|(_, policy)| holds(policy)).count() as u64
            })
        };
        let registered = number(|policy| policy.registered.count() > 0);
        let used = number(|policy| policy.used.count() > 0);
        // A policy that can't be read may be one that is used.
        let of_uses = Unread::once(uses)
            .over(policies)
            .earlier(self.begins_late());
        for (name, holds, population, unread) in [
            (
                "registry.policies_registered",
                (|policy| policy.registered.count() > 0) as fn(&Policy) -> bool,
                registered,
                Unread::once(policies),
            ),
            (
                "registry.policies_used",
                |policy| policy.used.count() > 0,
                used,
                Unread::once(uses),
            ),
            (
                "registry.policies_used_unregistered",
                |policy| policy.used.count() > 0 && policy.registered.count() == 0,
                used,
                of_uses,
            ),
            (
                "registry.policies_used_before_registration",
                |policy| used_before(&policy.used, &policy.registered),
                used,
                of_uses,
            ),
        ] {
            measures
                .names_at(name, &self.policies, holds, |policy| {
                    shown_by(name, &policy.used, &policy.registered)
                })
                .of(population + unread.once)
                .unread(unread);
        }
        for kind in PolicyKind::ALL
            .iter()
            .filter(|kind| **kind != PolicyKind::Other)
        {
            let name = format!("registry.policies_{}", kind.word());
            measures
                .number(&name, self.policies_of(*kind))
                .of_family(registered, policies);
        }
        measures
            .count(
                "registry.policies_without_approver",
                &self.policies_without_approver,
            )
            .of_family(registered, policies);
    }

    pub(super) fn of_datasets_and_tools(&self, measures: &mut Measures) {
        let datasets = self.datasets_not_readable.count();
        let number = self.datasets.count();
        measures
            .number("registry.datasets", number)
            .of_family(number.unwrap_or_default(), datasets);
        let shown = self.datasets.all().map(|all| {
            let whole = all.len() as u64;
            let shown = all.filter(|(_, entry)| entry.origin_shown).count() as u64;
            (shown, whole)
        });
        let name = "registry.share_datasets_with_origin";
        measures
            .share_known(name, shown, "no data set is registered")
            .of(number.unwrap_or_default() + datasets)
            .unread(Unread::once(datasets).more(datasets).of_events(datasets));
        let testing = self.datasets.all().map(|all| {
            let for_tests = |key: &str| {
                let purpose = parts(key).last();
                matches!(purpose, Some("testing" | "validation"))
            };
            all.filter(|(key, entry)| entry.with_digest && for_tests(key))
                .count() as u64
        });
        measures
            .number("registry.datasets_for_tests", testing)
            .of_family(number.unwrap_or_default(), datasets);
        let calls = self.tool_calls_not_readable.count();
        let tools = self.tools.count().unwrap_or_default();
        let registrations = self.tools_not_readable.count();
        for (name, holds, unread) in [
            (
                "registry.tools",
                (|tool| tool.used.count() > 0) as fn(&Tool) -> bool,
                Unread::once(calls),
            ),
            (
                "registry.tools_registered",
                |tool| tool.registered.count() > 0,
                Unread::once(registrations),
            ),
            (
                "registry.tools_used_unregistered",
                |tool| used_before(&tool.used, &tool.registered),
                Unread::once(calls)
                    .over(registrations)
                    .earlier(self.begins_late()),
            ),
        ] {
            measures
                .names_at(name, &self.tools, holds, |tool| {
                    shown_by(name, &tool.used, &tool.registered)
                })
                .of(tools + unread.once)
                .unread(unread);
        }
        for (name, counted) in [
            ("registry.tool_calls", &self.tool_calls),
            ("registry.tool_errors", &self.tool_errors),
            ("registry.tool_refusals", &self.tool_refusals),
        ] {
            measures
                .count(name, counted)
                .of_family(self.tool_calls.count(), calls);
        }
    }
}
