//! The API for people who read it: every operation with what it takes and answers, made from the same document that programs
//! get. Nothing is loaded from elsewhere.

use std::sync::LazyLock;

use askama::Template;
use serde_json::{Map, Value, json};
use skillsyms_people::api_keys::KEY_SCOPES;

use crate::extract::Empty;
use crate::openapi;
use crate::pages::kit::{Address, Asked, Layout, html};
use crate::problem::Answer;
use crate::routes::{Route, Routes};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/api", page)
            .public()
            .about("The API, for people who read it"),
    ]
}

/// The document. The registry of routes does not change while the program runs.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(&Routes::all()));

/// How deep an example is filled in: deeper ones only repeat themselves.
const EXAMPLE_DEPTH_MAX: u8 = 6;

#[derive(Template)]
#[template(path = "api/api.html")]
struct ApiPage {
    l: Layout,
    tabs: Vec<(String, String)>,
    here: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    scopes: Vec<String>,
    takes_person: bool,
    is_public: bool,
    parameters: Vec<Parameter>,
    answers: String,
    curl: String,
}

struct Parameter {
    name: String,
    about: String,
    is_required: bool,
}

async fn page(asked: Asked, _: Empty) -> Answer {
    let (words, address) = (asked.words(), Address::of(&asked));
    let document = &*DOCUMENT;
    let tags = tags(document);
    let first = tags.first().cloned().unwrap_or_default();
    let chosen = tags.iter().find(|tag| *tag == address.get("part")).unwrap_or(&first);
    let l = Layout::open(&asked, words.get("api-title"));
    let tab = |tag: &String| (address.with("part", tag), tag.replace('-', " "));
    html(&ApiPage {
        tabs: tags.iter().map(tab).collect(),
        here: address.with("part", chosen),
        operations: operations(document, chosen),
        l,
    })
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Method, path and description of every operation.
fn all(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (method, path, operation))
    })
}

fn tag(operation: &Value) -> &str {
    list(operation, "tags")
        .first()
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn tags(document: &Value) -> Vec<String> {
    let mut tags: Vec<String> = all(document).map(|(.., operation)| tag(operation).to_owned()).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn operations(document: &Value, chosen: &str) -> Vec<Operation> {
    let those = all(document).filter(|(.., operation)| tag(operation) == chosen);
    those
        .map(|(method, path, operation)| {
            let scopes: Vec<String> = list(operation, "x-acts")
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            let parameters = list(operation, "parameters").iter();
            Operation {
                id: text(operation, "operationId").to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                summary: text(operation, "summary").to_owned(),
                takes_person: scopes.iter().any(|scope| !KEY_SCOPES.contains(&scope.as_str())),
                scopes,
                is_public: operation.get("security").is_some(),
                parameters: parameters.map(|found| parameter(document, found)).collect(),
                answers: answers(operation),
                curl: curl(document, method, path, operation),
            }
        })
        .collect()
}

/// What a reference stands for.
fn resolved<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    let target = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| document.pointer(target)).unwrap_or(value)
}

fn parameter(document: &Value, found: &Value) -> Parameter {
    let found = resolved(document, found);
    let schema = found.get("schema").map(|schema| resolved(document, schema));
    let about = [
        text(found, "description"),
        schema.map_or("", |schema| text(schema, "description")),
    ];
    Parameter {
        name: text(found, "name").to_owned(),
        about: about
            .into_iter()
            .find(|about| !about.is_empty())
            .unwrap_or_default()
            // Marks of the document's own writing, which a page shows as they are.
            .replace('`', ""),
        is_required: found.get("required").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn answers(operation: &Value) -> String {
    let responses = operation.get("responses").and_then(Value::as_object);
    let codes = responses.into_iter().flatten().map(|(code, _)| code.as_str());
    codes.collect::<Vec<_>>().join(", ")
}

/// A command that can be copied. What has to be filled in stands in variables of the shell.
fn curl(document: &Value, method: &str, path: &str, operation: &Value) -> String {
    let mut command = String::from("curl");
    if method != "get" {
        command.push_str(" -X ");
        command.push_str(&method.to_uppercase());
    }
    command.push_str(&format!(" \"https://$HOST{}\"", path.replace("{id}", "$ID")));
    if operation.get("security").is_none() {
        command.push_str(" \\\n  -H \"Authorization: Bearer $KEY\"");
    }
    let headers = list(operation, "parameters")
        .iter()
        .map(|found| resolved(document, found));
    for header in headers.filter(|found| text(found, "in") == "header") {
        if header.get("required").and_then(Value::as_bool) == Some(true) {
            command.push_str(&format!(" \\\n  -H '{}: \"1\"'", text(header, "name")));
        }
    }
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    match content.and_then(|content| content.iter().next()) {
        Some((media, body)) if media == "application/json" => {
            let schema = body.get("schema").unwrap_or(&Value::Null);
            let example = example(document, schema, 0).to_string().replace('\'', "'\\''");
            command.push_str(&format!(" \\\n  -H \"Content-Type: {media}\" \\\n  -d '{example}'"));
        }
        Some((media, _)) => {
            command.push_str(&format!(
                " \\\n  -H \"Content-Type: {media}\" \\\n  --data-binary @FILE"
            ));
        }
        None => {}
    }
    command
}

/// A value of the right form: what has to be given, with placeholders.
fn example(document: &Value, schema: &Value, depth: u8) -> Value {
    let schema = resolved(document, schema);
    let given = schema.get("default").or_else(|| schema.get("const"));
    if let Some(value) = given.filter(|value| !value.is_null() && value.as_str() != Some("")) {
        return value.clone();
    }
    if let Some(first) = list(schema, "enum").first() {
        return first.clone();
    }
    let choice = ["oneOf", "anyOf", "allOf"]
        .iter()
        .find_map(|name| list(schema, name).first());
    if let Some(choice) = choice.filter(|_| depth < EXAMPLE_DEPTH_MAX) {
        return example(document, choice, depth.saturating_add(1));
    }
    let kind = schema
        .get("type")
        .and_then(|kind| kind.as_str().or_else(|| kind.get(0).and_then(Value::as_str)));
    match kind {
        Some("object") if depth < EXAMPLE_DEPTH_MAX => object(document, schema, depth),
        Some("array") if depth < EXAMPLE_DEPTH_MAX => {
            let item = schema
                .get("items")
                .map(|item| example(document, item, depth.saturating_add(1)));
            item.into_iter().collect()
        }
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("string") => json!("…"),
        _ => Value::Null,
    }
}

/// The members that have to be given; all of them, if none has to be.
fn object(document: &Value, schema: &Value, depth: u8) -> Value {
    let required: Vec<&str> = list(schema, "required").iter().filter_map(Value::as_str).collect();
    let members = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let chosen = members.filter(|(name, _)| required.is_empty() || required.contains(&name.as_str()));
    let filled: Map<String, Value> = chosen
        .map(|(name, member)| (name.clone(), example(document, member, depth.saturating_add(1))))
        .filter(|(_, value)| !value.is_null())
        .collect();
    Value::Object(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_stands_on_one_page_with_a_command() {
        let document = openapi::document(&Routes::all());
        let shown: Vec<Operation> = tags(&document)
            .iter()
            .flat_map(|tag| operations(&document, tag))
            .collect();
        assert_eq!(shown.len(), all(&document).count());
        assert_eq!(shown.len(), Routes::all().api().count());
        for operation in &shown {
            assert!(operation.curl.starts_with("curl "), "{}", operation.curl);
            assert_eq!(
                operation.curl.contains("$KEY"),
                !operation.is_public,
                "{}",
                operation.path
            );
            assert!(
                !operation.curl.contains('{') || operation.curl.contains("-d '"),
                "{}",
                operation.curl
            );
        }
        let register = shown.iter().find(|operation| operation.id == "post_learners").unwrap();
        assert_eq!(register.scopes, ["learner.register"]);
        assert!(!register.takes_person);
        let reveal = shown.iter().find(|operation| operation.id == "post_learners_id_reveal");
        assert!(reveal.unwrap().takes_person, "no key reveals a number");
        assert!(register.curl.contains("\"last_name\""), "{}", register.curl);
    }

    #[test]
    fn an_example_that_refers_to_itself_ends() {
        let document =
            json!({ "a": { "type": "object", "required": ["a"], "properties": { "a": { "$ref": "#/a" } } } });
        let made = example(&document, &json!({ "$ref": "#/a" }), 0).to_string();
        assert!(made.len() < 100, "{made}");
    }
}
