//! A value of JSON.

use crate::json::number::Number;

/// A value of JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

/// The members of an object in the order in which they were written; no name twice.
#[derive(Debug, Clone, Default)]
pub struct Object {
    members: Vec<(String, Value)>,
    /// The places of the members, sorted by name.
    by_name: Vec<u32>,
}

impl Object {
    /// An object of these members.
    ///
    /// # Errors
    ///
    /// A name that is there twice.
    pub fn new(members: Vec<(String, Value)>) -> Result<Self, String> {
        let mut by_name: Vec<u32> = (0..).take(members.len()).collect();
        let name = |place: u32| members[place as usize].0.as_str();
        by_name.sort_unstable_by(|one, other| name(*one).cmp(name(*other)));
        let twice = by_name
            .windows(2)
            .find(|pair| name(pair[0]) == name(pair[1]));
        if let Some(pair) = twice {
            return Err(name(pair[0]).to_owned());
        }
        Ok(Self { members, by_name })
    }

    /// The member of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).ok().map(|place| &self.members[place].1)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        let found = self
            .by_name
            .binary_search_by(|place| self.members[*place as usize].0.as_str().cmp(name));
        found.map(|at| self.by_name[at] as usize)
    }

    /// Puts a member in, in the place of one of that name, or last.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.place(name) {
            Ok(place) => self.members[place].1 = value,
            Err(at) => {
                self.by_name.insert(at, self.members.len() as u32);
                self.members.push((name.to_owned(), value));
            }
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let place = self.place(name).ok()?;
        self.by_name.retain(|at| *at as usize != place);
        for at in &mut self.by_name {
            *at -= u32::from(*at as usize > place);
        }
        Some(self.members.remove(place).1)
    }

    /// All members, in the order in which they were written.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// All members, sorted by code points of their names.
    pub fn sorted(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.by_name.iter().map(|place| {
            let (name, value) = &self.members[*place as usize];
            (name.as_str(), value)
        })
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// Two objects are equal if their members are, in whatever order.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.sorted().eq(other.sorted())
    }
}

impl Value {
    /// An unsigned integer.
    pub fn unsigned(number: u64) -> Self {
        Self::Number(Number::unsigned(number))
    }

    /// Its text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its members, if it is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Its elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Whether Python takes it for true: not null, false, zero or empty.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number(number) => !number.is_zero(),
            Self::Text(text) => !text.is_empty(),
            Self::Array(elements) => !elements.is_empty(),
            Self::Object(object) => !object.is_empty(),
        }
    }

    /// Equality as Python's `jsonschema` has it: 1 equals 1.0, and no truth value equals a number.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.compare(other).is_eq(),
            (Self::Array(one), Self::Array(other)) => {
                let mut pairs = one.iter().zip(other);
                one.len() == other.len() && pairs.all(|(one, other)| one.is_same(other))
            }
            (Self::Object(one), Self::Object(other)) => {
                let mut pairs = one.sorted().zip(other.sorted());
                let same = |((name, one), (other_name, other)): ((&str, &Self), (&str, &Self))| {
                    name == other_name && one.is_same(other)
                };
                one.len() == other.len() && pairs.all(same)
            }
            _ => self == other,
        }
    }
}

impl From<Value> for serde_json::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Text(text) => Self::String(text),
            Value::Number(Number::Small(number)) => number.into(),
            Value::Number(number) => match number.as_u64() {
                Some(number) => number.into(),
                None => number.as_f64().into(),
            },
            Value::Array(elements) => elements.into_iter().map(Self::from).collect(),
            Value::Object(object) => {
                let members = object.members.into_iter();
                Self::Object(members.map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(truth),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Number(number) => {
                Self::Number(match (number.as_u64(), number.as_i64()) {
                    (Some(number), _) => Number::unsigned(number),
                    (_, Some(number)) => Number::signed(number),
                    _ => Number::Float(number.as_f64().unwrap_or_default()),
                })
            }
            serde_json::Value::Array(elements) => {
                Self::Array(elements.into_iter().map(Self::from).collect())
            }
            serde_json::Value::Object(members) => {
                let mut object = Object::default();
                for (name, value) in members {
                    object.set(&name, Self::from(value));
                }
                Self::Object(object)
            }
        }
    }
}
