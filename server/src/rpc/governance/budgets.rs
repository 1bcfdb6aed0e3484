//! ListBudgets and ListReservations.

use indelible_governance::{
    claim::AccountKey,
    day::Period,
    policy::gate::{Budget, Counted},
    state::{AccountView, ReservationView},
};
use indelible_ledger::{BindingInForce, Rules};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{looked_at, wire};
use crate::rpc::{
    authorise::{Caller, Gate},
    page::page_items,
    page_token::QueryHasher,
    refusal::Refusal,
};

pub(crate) async fn list(
    gate: &Gate,
    request: Request<v1::ListBudgetsRequest>,
) -> Result<Response<v1::ListBudgetsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let items = page_items(request.page_size)?;
    let query = QueryHasher::new("budgets").text(&request.ledger).finish();
    let after = query.name(&request.page_token)?;
    let after = after.map(|key| serde_json::from_str::<AccountKey>(&key));
    let after = after
        .transpose()
        .map_err(|_| Refusal::page_token("is not one that the daemon made"))?;
    let rules = ledger.rules().await.map_err(Refusal::from)?;
    let accounts = ledger.accounts(after, items).await;
    let accounts = accounts.map_err(Refusal::from)?;
    let is_last = accounts.len() < items;
    let next = accounts.last().filter(|_| !is_last).map(|last| &last.key);
    let next = next.map(serde_json::to_string).transpose();
    let next = next.map_err(|error| Refusal::internal(&error))?;
    let budgets = accounts.iter().map(|account| in_use(&rules, account));
    let mut budgets: Vec<_> = budgets.collect();
    if is_last {
        let capped = capped(&rules);
        let keys = capped
            .iter()
            .map(|(_, budget)| (budget.name.clone(), budget.unit, budget.period));
        let unused = ledger.unused_budgets(keys.collect()).await;
        let unused = unused.map_err(Refusal::from)?;
        let unused = capped
            .into_iter()
            .zip(unused)
            .filter(|(_, is_unused)| *is_unused);
        budgets.extend(unused.map(|((one, budget), _)| not_in_use(one, budget)));
    }
    Ok(Response::new(v1::ListBudgetsResponse {
        budgets,
        next_page_token: next
            .map(|last| query.token_after(&last))
            .unwrap_or_default(),
    }))
}

pub(crate) async fn list_reservations(
    gate: &Gate,
    request: Request<v1::ListReservationsRequest>,
) -> Result<Response<v1::ListReservationsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = looked_at(gate, &caller, &request.ledger)?;
    let items = match request.decision {
        0 => page_items(request.page_size)?,
        _ => 1,
    };
    let query = QueryHasher::new("reservations")
        .text(&request.ledger)
        .finish();
    let from = query.sequence(&request.page_token)?;
    let from = from.unwrap_or(request.decision);
    let reservations = ledger.reservations(from, items).await;
    let reservations = reservations.map_err(Refusal::from)?;
    let goes_on = request.decision == 0 && reservations.len() == items;
    let last = reservations.last().filter(|_| goes_on);
    let next = last.map(|last| query.token_at(last.decision + 1));
    let wanted = reservations
        .into_iter()
        .filter(|view| [0, view.decision].contains(&request.decision));
    Ok(Response::new(v1::ListReservationsResponse {
        reservations: wanted.map(reservation).collect(),
        next_page_token: next.unwrap_or_default(),
    }))
}

fn reservation(view: ReservationView) -> v1::Reservation {
    let amounts = view.amounts.into_iter().map(|(key, amount)| {
        let (by, name) = wire::counted(&key.of);
        v1::ReservedAmount {
            budget: key.budget,
            by: by.to_owned(),
            name,
            unit: wire::unit(key.unit).to_owned(),
            amount,
        }
    });
    v1::Reservation {
        decision: view.decision,
        agent: view.agent,
        session: view.session.unwrap_or_default(),
        decide_time: Some(timestamp(view.decided)),
        expire_time: Some(timestamp(view.expires)),
        amounts: amounts.collect(),
    }
}

/// The budgets of the policies in force, with the binding of each.
fn capped(rules: &Rules) -> Vec<(&BindingInForce, &Budget)> {
    let bindings = rules.bindings.values();
    let of_binding = bindings.flat_map(|one| {
        let policy = one.bound.gate.as_ref();
        let budgets = policy.map(|policy| policy.budgets.iter());
        budgets
            .into_iter()
            .flatten()
            .map(move |budget| (&**one, budget))
    });
    of_binding.collect()
}

fn in_use(rules: &Rules, account: &AccountView) -> v1::BudgetUse {
    let key = &account.key;
    let (by, name) = wire::counted(&key.of);
    // Of several policies with such a budget the smallest cap is told.
    let caps = capped(rules).into_iter().filter(|(_, budget)| {
        (&budget.name, budget.unit, budget.period) == (&key.budget, key.unit, key.period)
    });
    let cap = caps.min_by_key(|(_, budget)| budget.cap);
    let used = account.used.total();
    v1::BudgetUse {
        budget: key.budget.clone(),
        by: by.to_owned(),
        name,
        unit: wire::unit(key.unit).to_owned(),
        posted: account.used.posted,
        pending: account.used.pending,
        cap: cap.map(|(_, budget)| budget.cap),
        left: cap.map(|(_, budget)| budget.cap.saturating_sub(used)),
        period: period(key.period),
        period_end_time: account.until.map(timestamp),
        binding: cap
            .map(|(one, _)| one.binding.name.clone())
            .unwrap_or_default(),
        bound_by: cap.map(|(one, _)| one.by.clone()).unwrap_or_default(),
    }
}

/// A budget that nobody has used yet: all of it is left to each.
fn not_in_use(one: &BindingInForce, budget: &Budget) -> v1::BudgetUse {
    v1::BudgetUse {
        budget: budget.name.clone(),
        by: counted(&budget.by).to_owned(),
        unit: wire::unit(budget.unit).to_owned(),
        cap: Some(budget.cap),
        left: Some(budget.cap),
        period: period(budget.period),
        binding: one.binding.name.clone(),
        bound_by: one.by.clone(),
        ..v1::BudgetUse::default()
    }
}

fn counted(by: &Counted) -> &'static str {
    match by {
        Counted::Agent => "agent",
        Counted::Session => "session",
        Counted::Principal => "principal",
        Counted::Model => "model",
        Counted::Tool => "tool",
        Counted::SessionTool => "session_tool",
        Counted::AgentTool => "agent_tool",
        Counted::Act => "act",
        Counted::Label(_) => "label",
    }
}

fn period(period: Period) -> String {
    match period {
        Period::Hour => "hour".to_owned(),
        Period::Day => "day".to_owned(),
        Period::Week => "week".to_owned(),
        Period::Month => "month".to_owned(),
        Period::Session => "session".to_owned(),
        Period::Rolling { seconds } => format!("rolling {seconds} s"),
    }
}
