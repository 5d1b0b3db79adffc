//! The one schema, typed for both engines. `migrations/` creates what this file names; a test compares the two.
//! Which class of data each column holds is said in `docs/data-inventory.toml`.

mod records;

pub use records::*;

diesel::table! {
    positions (k) {
        k -> Text,
        v -> BigInt,
    }
}

diesel::table! {
    ledger_entries (leaf) {
        leaf -> BigInt,
        id -> Binary,
        at -> BigInt,
        act -> Text,
        outcome -> Text,
        actor -> Nullable<Binary>,
        body -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    ledger_nodes (level, idx) {
        level -> BigInt,
        idx -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    ledger_head (one) {
        one -> BigInt,
        size -> BigInt,
        frontier -> Binary,
        last_at -> BigInt,
        checkpoint -> Text,
    }
}

diesel::table! {
    ledger_subjects (learner, leaf) {
        learner -> Binary,
        leaf -> BigInt,
    }
}

diesel::table! {
    ledger_marks (mark, leaf) {
        mark -> Binary,
        leaf -> BigInt,
    }
}

diesel::table! {
    idempotency (actor, k) {
        actor -> Binary,
        k -> Text,
        fingerprint -> Binary,
        status -> BigInt,
        resource -> Nullable<Binary>,
        at -> BigInt,
    }
}

diesel::table! {
    people (id) {
        id -> Binary,
        email_index -> Binary,
        email -> Binary,
        name -> Text,
        fold -> Text,
        learner -> Nullable<Binary>,
        state -> Text,
        password -> Nullable<Text>,
        roles -> Text,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    invitations (id) {
        id -> Binary,
        person -> Binary,
        token_hash -> Binary,
        created_by -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    resets (id) {
        id -> Binary,
        account -> Binary,
        person -> Nullable<Binary>,
        token_hash -> Binary,
        created_by -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mails (id) {
        id -> Binary,
        kind -> Text,
        person -> Binary,
        content -> Binary,
        tries -> BigInt,
        due_at -> BigInt,
        ends_at -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        token_hash -> Binary,
        person -> Binary,
        created_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
        step_up_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        owes -> Text,
    }
}

diesel::table! {
    factors (id) {
        id -> Binary,
        person -> Binary,
        kind -> Text,
        name -> Text,
        secret -> Binary,
        step -> BigInt,
        created_at -> BigInt,
        credential -> Nullable<Binary>,
        confirmed_at -> Nullable<BigInt>,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    ceremonies (id) {
        id -> Binary,
        used_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> Binary,
        person -> Binary,
        code_index -> Binary,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Binary,
        name -> Text,
        hash -> Binary,
        scopes -> Text,
        created_by -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        used_at -> Nullable<BigInt>,
        networks -> Text,
        used_from -> Text,
        strayed_at -> Nullable<BigInt>,
        days -> BigInt,
        rotated_from -> Nullable<Binary>,
        rotated_to -> Nullable<Binary>,
        warn_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    registrations (id) {
        id -> Binary,
        person -> Binary,
        kind -> Text,
        number -> Text,
        body -> Text,
        valid_from -> BigInt,
        valid_until -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    settings (one) {
        one -> BigInt,
        body -> Binary,
        version -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    tenants (id) {
        id -> Binary,
        slug -> Text,
        name -> Text,
        state -> Text,
        keyring -> Binary,
        login -> Nullable<Binary>,
        quota_learners -> Nullable<BigInt>,
        quota_people -> Nullable<BigInt>,
        quota_evidence_bytes -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    heads (cell) {
        cell -> Binary,
        size -> BigInt,
        note -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    control_evidence (id) {
        id -> Binary,
        control -> Text,
        source -> Text,
        probe -> Text,
        probe_version -> BigInt,
        state -> Text,
        detail -> Text,
        observed_at -> BigInt,
        recorded_at -> BigInt,
        hash -> Binary,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    positions,
    ledger_entries,
    ledger_nodes,
    ledger_head,
    ledger_marks,
    ledger_subjects,
    idempotency,
    people,
    invitations,
    resets,
    mails,
    sessions,
    factors,
    ceremonies,
    recovery_codes,
    api_keys,
    registrations,
    imports,
    import_failures,
    learners,
    identity_corrections,
    access_queries,
    access_answers,
    settings,
    programmes,
    modules,
    enrolments,
    team_learners,
    enrolment_pauses,
    uploads,
    evidence,
    assessments,
    samples,
    sample_items,
    moderations,
    tasks,
    results,
    statements,
    counters,
    import_reasons,
    tenants,
    heads,
    control_evidence,
);
