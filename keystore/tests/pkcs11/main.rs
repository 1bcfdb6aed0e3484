//! The PKCS#11 provider on real tokens: SoftHSM's, Kryoptic's, and SoftHSM's behind a
//! module that fails as tokens do.
//!
//! A module is prepared once for a process and takes its configuration from the
//! environment, so each test runs in a process of its own, with a token directory of its own.

#![expect(clippy::expect_used, reason = "what can't be had fails the test")]

mod cases;
mod configuration;
mod faults;
mod lookup;
#[path = "../shared/memory.rs"]
mod memory;
mod outages;
mod rig;
mod vectors;

/// Each case as a test of its own, on a module of that make.
macro_rules! on {
    ($make:expr; $($module:ident: $($case:ident),+ $(,)?);+ $(;)?) => {$($(
        #[test]
        fn $case() {
            crate::rig::apart(module_path!(), stringify!($case), $make, crate::$module::$case);
        }
    )+)+};
}

mod softhsm {
    on! { crate::rig::Make::SoftHsm;
        cases:
            keeps_the_contract,
            keeps_the_contract_with_a_derived_key,
            opens_what_an_earlier_process_wrapped,
            binds_front_and_context_in_the_token,
            lets_the_process_end_with_a_session_open,
            keeps_identities,
            refuses_another_identity,
            leaves_no_key_behind_in_memory;
        lookup:
            says_what_it_found_and_refused,
            leaves_a_mechanism_to_the_operator,
            finds_a_token_by_its_serial_number,
            finds_a_key_by_its_id,
            creates_only_when_asked,
            refuses_keys_that_are_no_keks;
        outages:
            tells_a_wrong_pin_and_tries_it_once,
            tells_a_missing_module,
            tells_a_missing_token,
            tells_a_token_that_was_taken_away,
            logs_in_again_after_a_logout,
            logs_in_again_after_the_module_was_ended,
            sees_that_the_key_was_replaced,
            shares_a_token_with_another_provider;
        vectors:
            gcm_as_wycheproof_has_it,
            ed25519_as_the_standard_has_it;
    }
}

mod kryoptic {
    on! { crate::rig::Make::Kryoptic;
        cases:
            keeps_the_contract,
            keeps_the_contract_by_key_wrap_with_padding,
            keeps_the_contract_by_key_wrap,
            keeps_the_contract_with_a_derived_key,
            binds_front_and_context_in_the_token,
            lets_the_process_end_with_a_session_open,
            opens_what_another_mechanism_wrapped,
            opens_what_an_earlier_process_wrapped,
            has_no_identities;
        outages:
            tells_a_wrong_pin_and_tries_it_once,
            leaves_the_last_try_to_a_person,
            tells_a_locked_pin,
            logs_in_again_after_a_logout,
            logs_in_again_after_the_module_was_ended,
            shares_a_token_with_another_provider;
        vectors:
            gcm_as_wycheproof_has_it,
            key_wrap_as_wycheproof_has_it,
            key_wrap_with_padding_as_wycheproof_has_it;
    }
}

mod faulty {
    on! { crate::rig::Make::Faulty;
        faults:
            takes_the_ivs_of_a_token_that_chooses_them,
            refuses_a_token_that_promises_ivs_and_chooses_none,
            tells_a_damaged_key_from_a_failing_token,
            does_not_fall_back_when_the_best_mechanism_fails,
            tells_that_a_token_takes_no_new_keys,
            names_each_mechanism_that_is_missing,
            refuses_a_cipher_that_does_not_authenticate,
            logs_in_again_after_its_sessions_were_closed,
            does_not_wait_for_a_hung_token,
            sends_no_pin_to_a_locked_token,
            sends_no_pin_when_one_try_is_left,
            tells_a_pin_that_locks_or_changes_while_it_runs,
            reads_a_point_without_its_prefix,
            gives_out_no_signature_that_does_not_hold,
            has_no_identities_without_the_mechanism;
    }
}
