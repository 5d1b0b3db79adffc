//! The OpenAPI 3.1 document, made from the registry of routes.
//!
//! Schemas are JSON Schema 2020-12 as the types themselves say. What is sent and what is answered are generated
//! apart, because a field with a default is optional in one and always there in the other.

use std::collections::BTreeMap;

use http::Method;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::idempotency::Made;
use crate::problem;
use crate::routes::{Access, Gives, Repeats, Route, Routes, SchemaOf, Takes, Versions, schema_of};

/// Where schemas stand in the document.
const SCHEMAS: &str = "/components/schemas";
/// What follows the name of a type that is sent in another form than it is answered.
const SENT: &str = "Sent";

/// The document.
#[must_use]
pub fn document(routes: &Routes) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes.api() {
        let operation = operation(route, &mut schemas);
        paths
            .entry(route.path)
            .or_default()
            .insert(route.method.as_str().to_ascii_lowercase(), operation);
    }
    let (schemas, renamed) = schemas.finish();
    let mut document = json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "skillsyms",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A session token (`sks_…`) or an API key (`skl_live_…`). It says which provider's records it opens.",
            } },
            "headers": headers(),
            "responses": { "Problem": {
                "description": "What went wrong.",
                "headers": { "x-request-id": { "$ref": "#/components/headers/RequestId" } },
                "content": { problem::MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
        },
    });
    mark_sent(&mut document, &renamed);
    sorted(document)
}

/// What the document says of the API as a whole.
const ABOUT: &str = "Learner records of a training provider.\n\n\
    The provider is always the one of the credential. Lists answer `{\"items\", \"next\"}`; send `next` back as `cursor`. \
    A record's version comes as `ETag`; a change takes it as `If-Match`. A POST that makes something may carry an \
    `Idempotency-Key`, and is then done once; what was done before answers 200 with the id and `Idempotency-Replayed`. \
    Why personal data is looked at may be said in `Skillsyms-Purpose`; learners see it. \
    What goes wrong is a problem (RFC 9457) with a stable `code` and a `reference` to quote.";

/// The same document with the members of objects in order. Whether `serde_json` keeps the order in which they came
/// depends on what else is built with it, and the committed document must not.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> = members.into_iter().collect();
            members
                .into_iter()
                .map(|(name, member)| (name, sorted(member)))
                .collect()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// Schemas of what is sent, and of what is answered.
struct Schemas {
    sent: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = SCHEMAS.into());
        Self {
            sent: settings.clone().for_deserialize().into_generator(),
            answered: settings.for_serialize().into_generator(),
        }
    }

    /// One list of schemas, and the names that had to be told apart.
    fn finish(mut self) -> (Map<String, Value>, Vec<String>) {
        let mut all = self.answered.take_definitions(true);
        let mut renamed = Vec::new();
        let mut added = Map::new();
        for (name, schema) in self.sent.take_definitions(true) {
            match all.get(&name) {
                Some(same) if *same == schema => {}
                None => {
                    added.insert(name, schema);
                }
                Some(_) => {
                    added.insert(format!("{name}{SENT}"), schema);
                    renamed.push(name);
                }
            }
        }
        for schema in added.values_mut() {
            rename(schema, &renamed);
        }
        all.extend(added);
        all.insert("Problem".to_owned(), problem::schema());
        (all, renamed)
    }
}

/// In what is sent, refers to the names that were told apart.
fn mark_sent(document: &mut Value, renamed: &[String]) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
    {
        for part in ["requestBody", "parameters"] {
            if let Some(sent) = operation.get_mut(part) {
                rename(sent, renamed);
            }
        }
    }
}

fn rename(value: &mut Value, renamed: &[String]) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(target) if name == "$ref" => {
                        if renamed.iter().any(|name| *target == format!("#{SCHEMAS}/{name}")) {
                            target.push_str(SENT);
                        }
                    }
                    other => rename(other, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        _ => {}
    }
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), operation_id(route).into());
    operation.insert("summary".to_owned(), route.summary.into());
    operation.insert("tags".to_owned(), json!([tag(route)]));
    if !route.acts.is_empty() {
        operation.insert("x-acts".to_owned(), json!(route.acts));
    }
    if route.access == Access::Public {
        operation.insert("security".to_owned(), json!([]));
    }
    let parameters = parameters(route, schemas);
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = body(route, schemas) {
        operation.insert("requestBody".to_owned(), body);
    }
    operation.insert("responses".to_owned(), responses(route, schemas));
    Value::Object(operation)
}

/// For example `post_learners_id_reveal`.
fn operation_id(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/v1/");
    let words = path.split(['/', '-', '.']).map(|word| word.trim_matches(['{', '}']));
    let path = words.collect::<Vec<_>>().join("_");
    format!("{}_{path}", route.method.as_str().to_ascii_lowercase())
}

/// The slice.
fn tag(route: &Route) -> &str {
    route
        .path
        .trim_start_matches("/api/v1/")
        .split(['/', '.'])
        .next()
        .unwrap_or_default()
}

fn parameters(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    let mut all = Vec::new();
    if route.path.contains("{id}") {
        all.push(
            json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } }),
        );
    }
    if let Some(query) = route.query {
        all.extend(query_parameters(&mut schemas.sent, query));
    }
    all.extend(header_parameters(route));
    all
}

fn header_parameters(route: &Route) -> Vec<Value> {
    let header = |name: &str, about: &str| json!({ "name": name, "in": "header", "description": about, "schema": { "type": "string" } });
    let mut all = Vec::new();
    if route.versions == Versions::Requires {
        let mut version = header("If-Match", "The ETag of the record as you read it.");
        version
            .as_object_mut()
            .map(|version| version.insert("required".to_owned(), true.into()));
        all.push(version);
    }
    if route.repeats != Repeats::AsMethod {
        let about = "A key of your own, for example a UUID; the request is done once for it within 24 hours.";
        all.push(header("Idempotency-Key", about));
    }
    if matches!(route.takes, Takes::File(_)) && route.headers.is_empty() {
        all.push(header("Skillsyms-File-Name", "The file's name, in UTF-8."));
    }
    all.extend(route.headers.iter().map(|(name, about)| header(name, about)));
    if route.access == Access::Credential {
        all.push(header(
            "Skillsyms-Purpose",
            "Why you do this, in at most 200 characters. Learners see it.",
        ));
    }
    all
}

/// The fields of the query's type, each as a parameter, by name.
fn query_parameters(generator: &mut SchemaGenerator, of: SchemaOf) -> Vec<Value> {
    let schema = of(generator);
    let name = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| target.rsplit('/').next());
    let definition = name.and_then(|name| generator.definitions_mut().remove(name));
    let Some(definition) = definition else {
        return Vec::new();
    };
    let required: Vec<&str> = definition
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fields = definition
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let fields: BTreeMap<&String, &Value> = fields.collect();
    fields
        .into_iter()
        .map(|(name, schema)| {
            json!({ "name": name, "in": "query", "required": required.contains(&name.as_str()), "schema": schema })
        })
        .collect()
}

fn body(route: &Route, schemas: &mut Schemas) -> Option<Value> {
    let content = match route.takes {
        Takes::Nothing | Takes::Form => return None,
        Takes::Json(schema) => json!({ "application/json": { "schema": schema(&mut schemas.sent) } }),
        Takes::File(media) => media
            .iter()
            .map(|media| ((*media).to_owned(), json!({})))
            .collect::<Map<_, _>>()
            .into(),
    };
    Some(
        json!({ "required": true, "content": content, "description": format!("At most {} bytes.", route.body_max_bytes) }),
    )
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let mut headers = Map::new();
    headers.insert(
        "x-request-id".to_owned(),
        json!({ "$ref": "#/components/headers/RequestId" }),
    );
    if route.versions != Versions::None {
        headers.insert("ETag".to_owned(), json!({ "$ref": "#/components/headers/ETag" }));
    }
    let mut done = Map::new();
    done.insert("description".to_owned(), "Done.".into());
    done.insert("headers".to_owned(), headers.into());
    if let Some(content) = content(route, schemas) {
        done.insert("content".to_owned(), content);
    }
    let mut all = Map::new();
    all.insert(route.status.as_str().to_owned(), done.into());
    match route.repeats {
        Repeats::AsMethod => {}
        Repeats::WithKey => {
            all.insert("200".to_owned(), done_before(schemas, schema_of::<Made>));
        }
        Repeats::WithKeyAlike => {
            if let Gives::Json(schema) = route.gives {
                all.insert("200".to_owned(), done_before(schemas, schema));
            }
        }
    }
    for status in problems(route) {
        all.insert(status.to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    all.into()
}

/// The body of an answer, by media type.
fn content(route: &Route, schemas: &mut Schemas) -> Option<Value> {
    let as_json = |schema: Schema| json!({ "application/json": { "schema": schema } });
    match route.gives {
        Gives::Nothing | Gives::Page => None,
        Gives::Json(schema) => Some(as_json(schema(&mut schemas.answered))),
        Gives::JsonOrHtml(schema) => Some(json!({
            "application/json": { "schema": schema(&mut schemas.answered) },
            "text/html": { "schema": { "type": "string" } },
        })),
        Gives::File => Some(json!({ "application/octet-stream": {} })),
    }
}

fn done_before(schemas: &mut Schemas, body: SchemaOf) -> Value {
    json!({
        "description": "Done before with this Idempotency-Key.",
        "headers": { "Idempotency-Replayed": { "$ref": "#/components/headers/IdempotencyReplayed" } },
        "content": { "application/json": { "schema": body(&mut schemas.answered) } },
    })
}

/// The problems that a client has to reckon with, by status; `default` stands for what can always happen.
fn problems(route: &Route) -> Vec<&'static str> {
    let mut all = vec!["default"];
    if route.access == Access::Credential {
        all.extend(["401", "403"]);
    }
    if route.path.contains("{id}") {
        all.push("404");
    }
    if !matches!(route.takes, Takes::Nothing) {
        all.extend(["413", "415", "422"]);
    }
    if route.versions == Versions::Requires {
        all.extend(["412", "428"]);
    }
    if route.method != Method::GET {
        all.push("409");
    }
    all
}

fn headers() -> Value {
    let text = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    json!({
        "RequestId": text("Names the request; quote it when you report a problem."),
        "ETag": text("The record's version, for If-Match."),
        "IdempotencyReplayed": text("`true`: it was done before."),
    })
}
