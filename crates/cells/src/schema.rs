//! The one schema, typed for both engines. `migrations/` creates what this file names; a test compares the two.
//! Which class of data each column holds is said in `docs/data-inventory.toml`.

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
    imports (id) {
        id -> Binary,
        state -> Text,
        file_name -> Binary,
        rows_read -> BigInt,
        rows_kept -> BigInt,
        rows_refused -> BigInt,
        warnings -> BigInt,
        created_by -> Nullable<Binary>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    import_failures (import, line, seq) {
        import -> Binary,
        line -> BigInt,
        seq -> BigInt,
        column_name -> Text,
        code -> Text,
        message -> Text,
        content -> Binary,
    }
}

diesel::table! {
    learners (id) {
        id -> Binary,
        id_kind -> Text,
        id_index -> Binary,
        identity -> Binary,
        first_name -> Text,
        middle_name -> Text,
        last_name -> Text,
        title -> Text,
        fold -> Text,
        contact -> Binary,
        profile -> Binary,
        state -> Text,
        import -> Nullable<Binary>,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    identity_corrections (id) {
        id -> Binary,
        learner -> Binary,
        identity -> Binary,
        corrected_by -> Binary,
        corrected_at -> BigInt,
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
    access_queries (id) {
        id -> Binary,
        learner -> Binary,
        leaf -> BigInt,
        question -> Binary,
        asked_by -> Binary,
        asked_at -> BigInt,
    }
}

diesel::table! {
    access_answers (query) {
        query -> Binary,
        answer -> Binary,
        answered_by -> Binary,
        answered_at -> BigInt,
    }
}

diesel::table! {
    programmes (id) {
        id -> Binary,
        kind -> Text,
        title -> Text,
        saqa_id -> Text,
        nqf_level -> BigInt,
        credits -> BigInt,
        sampling_percent -> BigInt,
        sampling_floor -> BigInt,
        attempts_limit -> BigInt,
        state -> Text,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    modules (id) {
        id -> Binary,
        programme -> Binary,
        code -> Text,
        kind -> Text,
        title -> Text,
        nqf_level -> BigInt,
        credits -> BigInt,
        position -> BigInt,
        criteria -> Text,
    }
}

diesel::table! {
    enrolments (id) {
        id -> Binary,
        learner -> Binary,
        programme -> Binary,
        status -> Text,
        enrolled_on -> Text,
        expected_on -> Nullable<Text>,
        facilitator -> Nullable<Binary>,
        assessor -> Nullable<Binary>,
        moderator -> Nullable<Binary>,
        verifier -> Nullable<Binary>,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    enrolment_pauses (id) {
        id -> Binary,
        enrolment -> Binary,
        learner -> Binary,
        version -> BigInt,
        change -> Text,
        status_before -> Text,
        reason -> Binary,
        created_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    uploads (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        begun_by -> Binary,
        begun_at -> BigInt,
        expires_at -> BigInt,
        length -> Nullable<BigInt>,
        name -> Nullable<Binary>,
    }
}

diesel::table! {
    evidence (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        media_type -> Text,
        name -> Binary,
        size -> BigInt,
        sha256 -> Binary,
        uploaded_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    assessments (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        attempt -> BigInt,
        kind -> Text,
        outcome -> Text,
        feedback -> Nullable<Binary>,
        assessor -> Binary,
        assessed_on -> Text,
        created_at -> BigInt,
        criteria_met -> Text,
    }
}

diesel::table! {
    samples (id) {
        id -> Binary,
        programme -> Binary,
        percent -> BigInt,
        floor -> BigInt,
        seed -> Binary,
        population -> BigInt,
        drawn -> BigInt,
        created_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    sample_items (sample, assessment) {
        sample -> Binary,
        assessment -> Binary,
        chosen -> BigInt,
    }
}

diesel::table! {
    moderations (id) {
        id -> Binary,
        sample -> Binary,
        assessment -> Binary,
        decision -> Text,
        reason -> Nullable<Binary>,
        moderator -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    tasks (id) {
        id -> Binary,
        kind -> Text,
        enrolment -> Binary,
        module -> Binary,
        programme -> Binary,
        learner -> Binary,
        person -> Nullable<Binary>,
        created_at -> BigInt,
    }
}

diesel::table! {
    results (id) {
        id -> Binary,
        enrolment -> Binary,
        module -> Binary,
        learner -> Binary,
        assessment -> Binary,
        outcome -> Text,
        reverses -> Nullable<Binary>,
        reason -> Nullable<Binary>,
        created_by -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    statements (id) {
        id -> Binary,
        number -> Text,
        enrolment -> Binary,
        learner -> Binary,
        body -> Binary,
        issued_by -> Binary,
        issued_at -> BigInt,
    }
}

diesel::table! {
    counters (name, period) {
        name -> Text,
        period -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    import_reasons (import, column_name, code) {
        import -> Binary,
        column_name -> Text,
        code -> Text,
        message -> Text,
        n -> BigInt,
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
