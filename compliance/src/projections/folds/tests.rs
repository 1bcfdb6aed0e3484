//! Stories with ends worked out by hand, and random ones that come out the same wherever they are cut.

mod article12;
mod before_their_time;
mod bounds;
mod counterexamples;
mod counterexamples_of_records;
mod disposals;
mod ending;
mod examples;
mod examples_people;
mod examples_records;
mod examples_requests;
mod governance;
mod homomorphism;
mod kin;
mod left_open;
mod left_out_times;
mod numbers_of_producers;
mod random_attributes;
mod random_gate;
mod random_records;
mod random_stories;
mod story;
mod used_again;
mod uses;
