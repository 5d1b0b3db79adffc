-- What every cell has, a tenant's and the platform's own.
CREATE TABLE positions (
  k TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  v BIGINT NOT NULL
);

CREATE TABLE ledger_entries (
  leaf BIGINT NOT NULL PRIMARY KEY,
  id BYTEA NOT NULL,
  at BIGINT NOT NULL,
  act TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  actor BYTEA,
  body BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
-- ledger_entries: append-only, the cell's role has INSERT and SELECT

CREATE TABLE ledger_nodes (
  level BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (level, idx)
);
-- ledger_nodes: append-only, the cell's role has INSERT and SELECT

CREATE TABLE ledger_head (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  size BIGINT NOT NULL,
  frontier BYTEA NOT NULL,
  last_at BIGINT NOT NULL,
  checkpoint TEXT COLLATE "C" NOT NULL
);

CREATE TABLE ledger_subjects (
  learner BYTEA NOT NULL,
  leaf BIGINT NOT NULL,
  PRIMARY KEY (learner, leaf)
);

CREATE TABLE ledger_marks (
  mark BYTEA NOT NULL,
  leaf BIGINT NOT NULL,
  PRIMARY KEY (mark, leaf)
);

CREATE TABLE idempotency (
  actor BYTEA NOT NULL,
  k TEXT COLLATE "C" NOT NULL,
  fingerprint BYTEA NOT NULL,
  status BIGINT NOT NULL,
  resource BYTEA,
  at BIGINT NOT NULL,
  PRIMARY KEY (actor, k)
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE people (
  id BYTEA NOT NULL PRIMARY KEY,
  email_index BYTEA NOT NULL,
  email BYTEA NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  fold TEXT COLLATE "C" NOT NULL,
  learner BYTEA,
  state TEXT COLLATE "C" NOT NULL,
  password TEXT COLLATE "C",
  roles TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX people_email_index ON people (email_index);
CREATE UNIQUE INDEX people_learner ON people (learner);
CREATE INDEX people_fold ON people (fold, id);
CREATE INDEX people_state ON people (state, fold, id);
CREATE INDEX people_roles ON people (roles, fold, id);

CREATE TABLE invitations (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  token_hash BYTEA NOT NULL,
  created_by BYTEA,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);

CREATE TABLE resets (
  id BYTEA NOT NULL PRIMARY KEY,
  account BYTEA NOT NULL,
  person BYTEA REFERENCES people (id),
  token_hash BYTEA NOT NULL,
  created_by BYTEA,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE UNIQUE INDEX resets_token_hash ON resets (token_hash);
CREATE INDEX resets_account ON resets (account, created_at);
CREATE INDEX resets_created_at ON resets (created_at);

CREATE TABLE mails (
  id BYTEA NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  person BYTEA NOT NULL REFERENCES people (id),
  content BYTEA NOT NULL,
  tries BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX mails_due_at ON mails (due_at);

CREATE TABLE sessions (
  id BYTEA NOT NULL PRIMARY KEY,
  token_hash BYTEA NOT NULL,
  person BYTEA NOT NULL REFERENCES people (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  step_up_at BIGINT,
  ended_at BIGINT,
  owes TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX sessions_token_hash ON sessions (token_hash);
CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE factors (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  secret BYTEA NOT NULL,
  step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  credential BYTEA,
  confirmed_at BIGINT,
  used_at BIGINT
);
CREATE INDEX factors_person ON factors (person);
CREATE UNIQUE INDEX factors_credential ON factors (credential);

CREATE TABLE ceremonies (
  id BYTEA NOT NULL PRIMARY KEY,
  used_at BIGINT NOT NULL
);
CREATE INDEX ceremonies_used_at ON ceremonies (used_at);

CREATE TABLE recovery_codes (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  code_index BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE UNIQUE INDEX recovery_codes_code_index ON recovery_codes (code_index);
CREATE INDEX recovery_codes_person ON recovery_codes (person);

CREATE TABLE api_keys (
  id BYTEA NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  hash BYTEA NOT NULL,
  scopes TEXT COLLATE "C" NOT NULL,
  created_by BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  used_at BIGINT,
  networks TEXT COLLATE "C" NOT NULL,
  used_from TEXT COLLATE "C" NOT NULL,
  strayed_at BIGINT,
  days BIGINT NOT NULL,
  rotated_from BYTEA,
  rotated_to BYTEA,
  warn_at BIGINT
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_warn_at ON api_keys (warn_at);

CREATE TABLE registrations (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  kind TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX registrations_person ON registrations (person);
-- A tenant's records. No table has a tenant column: the cell is the tenant.
CREATE TABLE imports (
  id BYTEA NOT NULL PRIMARY KEY,
  state TEXT COLLATE "C" NOT NULL,
  file_name BYTEA NOT NULL,
  rows_read BIGINT NOT NULL,
  rows_kept BIGINT NOT NULL,
  rows_refused BIGINT NOT NULL,
  warnings BIGINT NOT NULL,
  created_by BYTEA,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);

CREATE TABLE import_failures (
  import BYTEA NOT NULL REFERENCES imports (id),
  line BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  column_name TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  message TEXT COLLATE "C" NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (import, line, seq)
);

CREATE TABLE learners (
  id BYTEA NOT NULL PRIMARY KEY,
  id_kind TEXT COLLATE "C" NOT NULL,
  id_index BYTEA NOT NULL,
  identity BYTEA NOT NULL,
  first_name TEXT COLLATE "C" NOT NULL,
  middle_name TEXT COLLATE "C" NOT NULL,
  last_name TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  fold TEXT COLLATE "C" NOT NULL,
  contact BYTEA NOT NULL,
  profile BYTEA NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  import BYTEA,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX learners_id_index ON learners (id_index);
CREATE INDEX learners_fold ON learners (fold, id);

CREATE TABLE identity_corrections (
  id BYTEA NOT NULL PRIMARY KEY,
  learner BYTEA NOT NULL REFERENCES learners (id),
  identity BYTEA NOT NULL,
  corrected_by BYTEA NOT NULL,
  corrected_at BIGINT NOT NULL
);
CREATE INDEX identity_corrections_learner ON identity_corrections (learner);
-- identity_corrections: append-only, the cell's role has INSERT and SELECT

CREATE TABLE access_queries (
  id BYTEA NOT NULL PRIMARY KEY,
  learner BYTEA NOT NULL REFERENCES learners (id),
  leaf BIGINT NOT NULL,
  question BYTEA NOT NULL,
  asked_by BYTEA NOT NULL,
  asked_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX access_queries_learner ON access_queries (learner, leaf);
-- access_queries: append-only, the cell's role has INSERT and SELECT

CREATE TABLE access_answers (
  query BYTEA NOT NULL PRIMARY KEY REFERENCES access_queries (id),
  answer BYTEA NOT NULL,
  answered_by BYTEA NOT NULL,
  answered_at BIGINT NOT NULL
);
-- access_answers: append-only, the cell's role has INSERT and SELECT

CREATE TABLE programmes (
  id BYTEA NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  saqa_id TEXT COLLATE "C" NOT NULL,
  nqf_level BIGINT NOT NULL,
  credits BIGINT NOT NULL,
  sampling_percent BIGINT NOT NULL,
  sampling_floor BIGINT NOT NULL,
  attempts_limit BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX programmes_saqa_id ON programmes (saqa_id);

CREATE TABLE modules (
  id BYTEA NOT NULL PRIMARY KEY,
  programme BYTEA NOT NULL REFERENCES programmes (id),
  code TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  nqf_level BIGINT NOT NULL,
  credits BIGINT NOT NULL,
  position BIGINT NOT NULL,
  criteria TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX modules_programme ON modules (programme, code);

CREATE TABLE enrolments (
  id BYTEA NOT NULL PRIMARY KEY,
  learner BYTEA NOT NULL REFERENCES learners (id),
  programme BYTEA NOT NULL REFERENCES programmes (id),
  status TEXT COLLATE "C" NOT NULL,
  enrolled_on TEXT COLLATE "C" NOT NULL,
  expected_on TEXT COLLATE "C",
  facilitator BYTEA,
  assessor BYTEA,
  moderator BYTEA,
  verifier BYTEA,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX enrolments_learner ON enrolments (learner, programme) WHERE status IN ('enrolled', 'reinstated', 'suspended');
CREATE INDEX enrolments_of_learner ON enrolments (learner);
CREATE INDEX enrolments_status ON enrolments (status, id);
CREATE INDEX enrolments_programme ON enrolments (programme, id);
CREATE INDEX enrolments_assessor ON enrolments (assessor, id);
CREATE INDEX enrolments_moderator ON enrolments (moderator, id);
CREATE INDEX enrolments_facilitator ON enrolments (facilitator, id);
CREATE INDEX enrolments_verifier ON enrolments (verifier, id);
CREATE INDEX enrolments_facilitator_programme ON enrolments (facilitator, programme, id);
CREATE INDEX enrolments_verifier_programme ON enrolments (verifier, programme, id);

-- The learners in whose enrolments somebody stands, by name: it follows from enrolments, and the acts that write those keep it.
CREATE TABLE team_learners (
  person BYTEA NOT NULL,
  learner BYTEA NOT NULL REFERENCES learners (id),
  fold TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (person, learner)
);
CREATE INDEX team_learners_fold ON team_learners (person, fold, learner);

CREATE TABLE enrolment_pauses (
  id BYTEA NOT NULL PRIMARY KEY,
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  learner BYTEA NOT NULL REFERENCES learners (id),
  version BIGINT NOT NULL,
  change TEXT COLLATE "C" NOT NULL,
  status_before TEXT COLLATE "C" NOT NULL,
  reason BYTEA NOT NULL,
  created_by BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX enrolment_pauses_enrolment ON enrolment_pauses (enrolment, version);
-- enrolment_pauses: append-only, the cell's role has INSERT and SELECT

CREATE TABLE uploads (
  id BYTEA NOT NULL PRIMARY KEY,
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  module BYTEA NOT NULL REFERENCES modules (id),
  learner BYTEA NOT NULL REFERENCES learners (id),
  begun_by BYTEA NOT NULL,
  begun_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  length BIGINT,
  name BYTEA
);
CREATE INDEX uploads_begun_by ON uploads (begun_by);
CREATE INDEX uploads_expires_at ON uploads (expires_at);

CREATE TABLE evidence (
  id BYTEA NOT NULL PRIMARY KEY,
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  module BYTEA NOT NULL REFERENCES modules (id),
  learner BYTEA NOT NULL REFERENCES learners (id),
  media_type TEXT COLLATE "C" NOT NULL,
  name BYTEA NOT NULL,
  size BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  uploaded_by BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX evidence_enrolment ON evidence (enrolment, module);

CREATE TABLE assessments (
  id BYTEA NOT NULL PRIMARY KEY,
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  module BYTEA NOT NULL REFERENCES modules (id),
  learner BYTEA NOT NULL REFERENCES learners (id),
  attempt BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  feedback BYTEA,
  assessor BYTEA NOT NULL,
  assessed_on TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  criteria_met TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX assessments_enrolment ON assessments (enrolment, module, kind, attempt);
-- assessments: append-only, the cell's role has INSERT and SELECT

CREATE TABLE samples (
  id BYTEA NOT NULL PRIMARY KEY,
  programme BYTEA NOT NULL REFERENCES programmes (id),
  percent BIGINT NOT NULL,
  floor BIGINT NOT NULL,
  seed BYTEA NOT NULL,
  population BIGINT NOT NULL,
  drawn BIGINT NOT NULL,
  created_by BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX samples_programme ON samples (programme, id);
-- samples: append-only, the cell's role has INSERT and SELECT

CREATE TABLE sample_items (
  sample BYTEA NOT NULL REFERENCES samples (id),
  assessment BYTEA NOT NULL REFERENCES assessments (id),
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  chosen BIGINT NOT NULL,
  PRIMARY KEY (sample, assessment)
);
CREATE UNIQUE INDEX sample_items_assessment ON sample_items (assessment);
CREATE INDEX sample_items_chosen ON sample_items (sample, chosen, assessment);
-- sample_items: append-only, the cell's role has INSERT and SELECT

CREATE TABLE moderations (
  id BYTEA NOT NULL PRIMARY KEY,
  sample BYTEA NOT NULL REFERENCES samples (id),
  assessment BYTEA NOT NULL REFERENCES assessments (id),
  decision TEXT COLLATE "C" NOT NULL,
  reason BYTEA,
  moderator BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX moderations_assessment ON moderations (assessment);
-- moderations: append-only, the cell's role has INSERT and SELECT

CREATE TABLE tasks (
  id BYTEA NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  module BYTEA NOT NULL REFERENCES modules (id),
  programme BYTEA NOT NULL REFERENCES programmes (id),
  learner BYTEA NOT NULL REFERENCES learners (id),
  person BYTEA,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tasks_enrolment ON tasks (enrolment, module, kind);
CREATE INDEX tasks_person ON tasks (person, id);
CREATE INDEX tasks_person_programme ON tasks (person, programme, id);
CREATE INDEX tasks_kind ON tasks (kind, id);
CREATE INDEX tasks_programme ON tasks (programme, id);

CREATE TABLE results (
  id BYTEA NOT NULL PRIMARY KEY,
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  module BYTEA NOT NULL REFERENCES modules (id),
  learner BYTEA NOT NULL REFERENCES learners (id),
  assessment BYTEA NOT NULL REFERENCES assessments (id),
  outcome TEXT COLLATE "C" NOT NULL,
  reverses BYTEA,
  reason BYTEA,
  created_by BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX results_enrolment ON results (enrolment, module);
CREATE UNIQUE INDEX results_reverses ON results (reverses);
-- results: append-only, the cell's role has INSERT and SELECT

CREATE TABLE statements (
  id BYTEA NOT NULL PRIMARY KEY,
  number TEXT COLLATE "C" NOT NULL,
  enrolment BYTEA NOT NULL REFERENCES enrolments (id),
  learner BYTEA NOT NULL REFERENCES learners (id),
  body BYTEA NOT NULL,
  issued_by BYTEA NOT NULL,
  issued_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX statements_number ON statements (number);
CREATE INDEX statements_learner ON statements (learner);
CREATE INDEX statements_enrolment ON statements (enrolment);
-- statements: append-only, the cell's role has INSERT and SELECT

CREATE TABLE settings (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  body BYTEA NOT NULL,
  version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE counters (
  name TEXT COLLATE "C" NOT NULL,
  period TEXT COLLATE "C" NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (name, period)
);

CREATE TABLE import_reasons (
  import BYTEA NOT NULL REFERENCES imports (id),
  column_name TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  message TEXT COLLATE "C" NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (import, column_name, code)
);
