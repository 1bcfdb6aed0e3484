//! What is in use: policies, data sets, models.

use super::definition::event;
use super::value::choice;

choice! {
    /// What a policy is about.
    PolicyKind {
        /// Which tools and interfaces an agent may use.
        Scope = "scope",
        /// What an agent may use up.
        Budget = "budget",
        /// What needs a human's approval.
        Approval = "approval",
        /// What decisions are held against.
        Decision = "decision",
        /// How long something is kept.
        Retention = "retention",
        /// Something else.
        Other = "other",
    }
}

event! {
    /// A policy is in force from here on, in this version.
    PolicyRegistered = "ai.policy.registered.v1" {
        /// The policy.
        policy: &'a str,
        /// Its version.
        policy_version: &'a str,
        /// What it is about.
        kind: Option<PolicyKind>,
        /// The AI system.
        system: Option<&'a str>,
        /// The human who approved it.
        approved_by: Option<&'a str>,
    }
    more_digests { "policy" }
}

event! {
    /// A data set is in use.
    DatasetRegistered = "ai.dataset.registered.v1" {
        /// The data set.
        dataset: &'a str,
        /// Its version.
        dataset_version: Option<&'a str>,
        /// What it is used for: `training`, `validation`, `testing`, `reference`.
        purpose: Option<&'a str>,
        /// The AI system.
        system: Option<&'a str>,
        /// Where its data come from, as a word of a small vocabulary: `collected`, `purchased`, `public`.
        origin: Option<&'a str>,
        /// The licence under which it is used.
        licence: Option<&'a str>,
    }
    more_digests { "dataset" }
}

event! {
    /// A model is released for use.
    ModelReleased = "ai.model.released.v1" {
        /// The model.
        model: &'a str,
        /// Its version.
        model_version: &'a str,
        /// The AI system.
        system: Option<&'a str>,
        /// The human who approved it.
        approved_by: Option<&'a str>,
        /// Whoever provides it, if that is somebody else.
        provider: Option<&'a str>,
    }
    more_digests { "model", "impact_assessment" }
}

event! {
    /// A model is no longer to be used. A release after it counts again.
    ModelRetired = "ai.model.retired.v1" {
        /// The model.
        model: &'a str,
        /// Its version.
        model_version: &'a str,
        /// The human who decided it.
        approved_by: Option<&'a str>,
        /// Why, as a word of a small vocabulary.
        reason: Option<&'a str>,
    }
}

event! {
    /// A model was evaluated.
    Evaluation = "ai.evaluation.v1" {
        /// The model.
        model: &'a str,
        /// Its version.
        model_version: &'a str,
        /// What was looked at, as a word of a small vocabulary: `accuracy`, `bias`, `security`.
        kind: Option<&'a str>,
        /// Whether it passed.
        passed: Option<bool>,
    }
    digests { "report" }
}

event! {
    /// A tool that agents may use is documented.
    ToolRegistered = "ai.tool.registered.v1" {
        /// The tool, as `ai.tool_call.v1` names it.
        tool: &'a str,
        /// Its version.
        tool_version: Option<&'a str>,
        /// Whoever provides it.
        provider: Option<&'a str>,
        /// The human who approved it.
        approved_by: Option<&'a str>,
    }
    more_digests { "tool" }
}
