//! What every store must pass, as plain functions that panic where a promise
//! is broken. A store's own tests call [`all`], and then test what is special
//! to it: its faults, its files, its speed.

#![expect(
    clippy::expect_used,
    reason = "a store that breaks a promise fails its test"
)]

pub mod catalog;
pub mod commits;
pub mod copies;
pub mod erase;
mod factory;
pub mod index;
pub mod keys;
pub mod maintain;
pub mod projections;
pub mod reads;
pub mod removals;
pub mod sample;

pub use factory::Factory;

/// Runs the whole suite, each part on a store of its own.
pub fn all<F: Factory>(mut make: impl FnMut() -> F) {
    commits::are_read_back_before_and_after_a_restart(make());
    commits::with_a_stale_size_are_refused(make());
    commits::of_an_old_term_are_refused(make());
    commits::of_a_group_stand_or_fall_together(make());
    commits::that_are_malformed_are_refused(make());
    commits::may_change_the_head_alone(make());
    commits::of_rivals_are_won_by_one(make());
    commits::of_many_ledgers_are_kept_apart(make());
    reads::visit_each_record_once(make());
    reads::beyond_the_end_are_damage_not_a_short_scan(make());
    reads::by_a_visitor_that_fails_end_with_its_error(make());
    reads::of_what_is_not_there_give_nothing(make());
    index::finds_ids_and_misses(make());
    index::visits_postings_from_anywhere(make());
    index::is_visited_whole_and_no_others(make());
    index::takes_batches_in_order_only(make());
    index::refuses_malformed_batches(make());
    index::is_forgotten_one_ledger_at_a_time(make());
    index::survives_a_restart_once_synced(make());
    index::is_consistent_after_a_restart(make());
    removals::take_out_what_they_name_and_nothing_else(make());
    removals::last_over_a_restart(make());
    removals::of_what_is_not_indexed_are_refused(make());
    keys::are_kept_and_walked_through_in_order(make());
    keys::of_a_subject_come_newest_last(make());
    keys::are_put_all_or_none(make());
    keys::are_replaced_if_they_are_as_expected(make());
    keys::are_destroyed_with_their_mapping(make());
    keys::put_by_many_at_once_are_all_kept(make());
    keys::are_sealed_with_each_change(make());
    copies::are_part_of_their_keys(make());
    copies::are_exchanged_if_all_is_as_expected(make());
    keys::of_all_subjects_are_walked_through(make());
    erase::leaves_all_that_proofs_rest_on(make());
    erase::of_some_parts_leaves_the_others(make());
    erase::archiving_leaves_a_word_that_erasing_takes(make());
    erase::beyond_the_end_changes_nothing(make());
    erase::goes_on_beside_commits(make());
    projections::are_kept_by_run(make());
    projections::are_forgotten_with_the_records_they_hold(make());
    catalog::keeps_ledgers_and_their_handles(make());
    catalog::keeps_values_and_published_checkpoints(make());
    maintain::compaction_changes_nothing(make());
    maintain::a_purge_changes_nothing_that_is_left(make());
    maintain::a_purge_can_be_broken_off(make());
    maintain::a_closed_store_serves_reads_only(make());
}
