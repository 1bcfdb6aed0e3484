//! What agents used.

use super::definition::event;
use super::value::Amount;

event! {
    /// An agent used some of its budget. A cap is named with the use that it was held against; a use beyond it is a
    /// breach, a use that reaches it is none. Days are UTC days of recorded time.
    BudgetUsed = "ai.budget.used.v1" {
        /// The agent.
        agent: &'a str,
        /// The session it belongs to.
        session: Option<&'a str>,
        /// The model.
        model: Option<&'a str>,
        /// Tokens, in and out.
        tokens: Option<u64>,
        /// What it cost.
        cost: Option<Amount>,
        /// The currency of cost and caps, as in ISO 4217.
        currency: Option<&'a str>,
        /// How long it ran, in milliseconds.
        time_ms: Option<u64>,
        /// What the session may cost.
        session_cost_cap: Option<Amount>,
        /// The tokens that the session may use.
        session_token_cap: Option<u64>,
        /// What the agent may cost in a day.
        day_cost_cap: Option<Amount>,
        /// The tokens that the agent may use in a day.
        day_token_cap: Option<u64>,
    }
}
