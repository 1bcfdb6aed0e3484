//! From the events of the parser to a tree.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::{
    limits::{POLICY_DOCUMENT_BYTES_MAX, POLICY_NESTING_LEVELS_MAX},
    yaml::{
        place::{Place, YamlError},
        scalar,
        tree::{Content, Key, Node},
    },
};

/// Nodes of one document, with those that aliases repeat.
const NODES_MAX: usize = 100_000;

/// Reads a text that is one document.
///
/// # Errors
///
/// Why it is not read, and where.
pub fn read(bytes: &[u8]) -> Result<Node, YamlError> {
    if bytes.len() > POLICY_DOCUMENT_BYTES_MAX {
        let found = bytes.len();
        return Err(YamlError::TooLong { found });
    }
    let text = std::str::from_utf8(bytes).map_err(|problem| YamlError::NotUtf8 {
        at: problem.valid_up_to() + 1,
    })?;
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| YamlError::at(place_of(error.marker()), error.info()))?;
        builder.take(event, &span)?;
    }
    let empty = || YamlError::at(Place { line: 1, column: 1 }, "the document is empty");
    builder.root.ok_or_else(empty)
}

fn place_of(marker: &granit_parser::Marker) -> Place {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        line: number(marker.line()),
        column: number(marker.col()).saturating_add(1),
    }
}

/// A collection that is not at its end.
struct Open {
    place: Place,
    anchor: usize,
    content: Content,
    /// The key whose value comes next.
    key: Option<Key>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: Vec<(usize, Node)>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), YamlError> {
        let place = place_of(&span.start);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(YamlError::at(
                place,
                "a policy is one document; a second begins here",
            )),
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = match &tag {
                    None => style != ScalarStyle::Plain,
                    Some(tag) if tag.core_suffix() == Some("str") => true,
                    Some(_) => return Err(not_taken(place, "a tag")),
                };
                let content = match is_text {
                    true => Content::text(&text),
                    false => {
                        scalar::resolve(&text).map_err(|problem| YamlError::at(place, problem))?
                    }
                };
                self.put(Node { place, content }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(place, Content::Sequence(Vec::new()), anchor, tag.is_some())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(place, Content::Mapping(Vec::new()), anchor, tag.is_some())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let (place, content) = (open.place, open.content);
                    self.put(Node { place, content }, open.anchor)
                }
                None => Err(YamlError::at(place, "nothing ends here")),
            },
            Event::Alias(id) => {
                let found = self.anchors.iter().rev().find(|(anchor, _)| *anchor == id);
                let Some((_, node)) = found else {
                    return Err(YamlError::at(
                        place,
                        "the anchor of this alias is not complete",
                    ));
                };
                let node = node.clone();
                self.nodes = self.nodes.saturating_add(node.count());
                self.put(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        place: Place,
        content: Content,
        anchor: usize,
        tagged: bool,
    ) -> Result<(), YamlError> {
        if tagged {
            return Err(not_taken(place, "a tag"));
        }
        if self.open.len() >= POLICY_NESTING_LEVELS_MAX {
            let problem =
                format!("the document nests deeper than {POLICY_NESTING_LEVELS_MAX} levels");
            return Err(YamlError::at(place, problem));
        }
        let key = None;
        self.open.push(Open {
            place,
            anchor,
            content,
            key,
        });
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), YamlError> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > NODES_MAX {
            let problem = format!("the document has more than {NODES_MAX} nodes, aliases included");
            return Err(YamlError::at(node.place, problem));
        }
        if anchor != 0 {
            self.anchors.push((anchor, node.clone()));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.content, open.key.take()) {
            (Content::Sequence(elements), _) => elements.push(node),
            (Content::Mapping(members), Some(key)) => {
                if members.iter().any(|(other, _)| other.name == key.name) {
                    let problem = format!("the key {:?} is there twice", key.name);
                    return Err(YamlError::at(key.place, problem));
                }
                members.push((key, node));
            }
            (Content::Mapping(_), None) => open.key = Some(key_of(node)?),
            // Only collections are open.
            _ => {}
        }
        Ok(())
    }
}

fn key_of(node: Node) -> Result<Key, YamlError> {
    let place = node.place;
    match node.content {
        Content::Scalar {
            text,
            is_plain: true,
            ..
        } if text == "<<" => Err(not_taken(place, "a merge key")),
        Content::Scalar {
            text,
            value: crate::json::Value::Text(_),
            ..
        } => Ok(Key { name: text, place }),
        Content::Scalar { text, .. } | Content::Date { text, .. } => {
            let problem = format!("the key {text} is not text; put it in quotes");
            Err(YamlError::at(place, problem))
        }
        Content::Sequence(_) | Content::Mapping(_) => {
            Err(YamlError::at(place, "a key must be text"))
        }
    }
}

fn not_taken(place: Place, what: &str) -> YamlError {
    YamlError::at(
        place,
        format!("{what} is not taken in a policy; write it out"),
    )
}
