//! Reads a workbook as Excel would show it, without the library that wrote it.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The cells of a workbook's sheets, each as `kind value`: `text a`, `number 1`, `boolean 1`. A number with a format
/// has that as its kind: `yyyy-mm-dd 46112`.
pub struct Workbook {
    parts: HashMap<String, String>,
    strings: Vec<String>,
    formats: Vec<String>,
}

impl Workbook {
    pub fn open(bytes: &[u8]) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut parts = HashMap::new();
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            parts.insert(part.name().unwrap().to_string(), text);
        }
        let mut workbook = Self {
            parts,
            strings: Vec::new(),
            formats: Vec::new(),
        };
        workbook.strings = workbook.shared_strings();
        workbook.formats = workbook.number_formats();
        workbook
    }

    /// The cells of a sheet by their place, such as `B2`. Sheets are counted from 1.
    pub fn cells(&self, sheet: usize) -> HashMap<String, String> {
        let mut cells = HashMap::new();
        let mut place = None;
        let mut kind = String::new();
        let mut value = String::new();
        let mut run = 0;
        for event in self.events(&format!("xl/worksheets/sheet{sheet}.xml")) {
            match event {
                Event::Start(tag) if tag.name().as_ref() == "c" => {
                    place = attribute(&tag, "r");
                    kind = self.kind(&tag);
                    value.clear();
                }
                Event::Start(tag) if tag.name().as_ref() == "t" => run = value.len(),
                Event::End(tag) if tag.name().as_ref() == "t" => {
                    let text = unescape(&value.split_off(run));
                    value.push_str(&text);
                }
                Event::Text(text) => value.push_str(&text),
                Event::GeneralRef(name) => value.push(character(&name)),
                Event::End(tag) if tag.name().as_ref() == "c" => {
                    let cell = match kind.as_str() {
                        "shared" => {
                            format!("text {}", self.strings[value.parse::<usize>().unwrap()])
                        }
                        kind => format!("{kind} {value}"),
                    };
                    cells.insert(place.take().unwrap(), cell);
                }
                _ => {}
            }
        }
        cells
    }

    fn kind(&self, cell: &BytesStart<'_>) -> String {
        let kind = match attribute(cell, "t").as_deref() {
            Some("inlineStr") => "text",
            Some("s") => "shared",
            Some("b") => "boolean",
            Some(other) => panic!("a cell of type {other}"),
            None => match attribute(cell, "s") {
                Some(style) => &self.formats[style.parse::<usize>().unwrap()],
                None => "number",
            },
        };
        kind.to_owned()
    }

    fn shared_strings(&self) -> Vec<String> {
        let mut strings: Vec<String> = Vec::new();
        for event in self.events("xl/sharedStrings.xml") {
            let text = match event {
                Event::Start(tag) if tag.name().as_ref() == "si" => {
                    strings.push(String::new());
                    continue;
                }
                Event::Text(text) => text.to_string(),
                Event::GeneralRef(name) => character(&name).to_string(),
                _ => continue,
            };
            if let Some(string) = strings.last_mut() {
                string.push_str(&text);
            }
        }
        strings
    }

    /// The number format of every cell style.
    fn number_formats(&self) -> Vec<String> {
        let mut own = HashMap::from([("0".to_owned(), "number".to_owned())]);
        let mut formats = Vec::new();
        let mut is_cell_style = false;
        for event in self.events("xl/styles.xml") {
            match event {
                Event::Start(tag) if tag.name().as_ref() == "cellXfs" => is_cell_style = true,
                Event::End(tag) if tag.name().as_ref() == "cellXfs" => is_cell_style = false,
                Event::Empty(tag) | Event::Start(tag) if tag.name().as_ref() == "numFmt" => {
                    own.insert(
                        attribute(&tag, "numFmtId").unwrap(),
                        attribute(&tag, "formatCode").unwrap(),
                    );
                }
                Event::Empty(tag) | Event::Start(tag)
                    if is_cell_style && tag.name().as_ref() == "xf" =>
                {
                    formats.push(own[&attribute(&tag, "numFmtId").unwrap()].clone());
                }
                _ => {}
            }
        }
        formats
    }

    fn events(&self, part: &str) -> Vec<Event<'_>> {
        let mut reader = Reader::from_str(&self.parts[part]);
        let mut events = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => return events,
                event => events.push(event),
            }
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).unwrap()?;
    Some(
        attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .unwrap()
            .into_owned(),
    )
}

/// What a workbook escapes as `_x0001_`.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(index) = rest.find("_x") {
        let (before, escape) = rest.split_at(index);
        plain.push_str(before);
        let code = escape
            .get(2..6)
            .filter(|_| escape.as_bytes().get(6) == Some(&b'_'));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        let (character, length) = match code.and_then(char::from_u32) {
            Some(character) => (character, 7),
            None => ('_', 1),
        };
        plain.push(character);
        rest = &escape[length..];
    }
    plain + rest
}

/// What an entity or a character reference stands for.
pub fn character(reference: &str) -> char {
    match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        other => {
            let number = other.strip_prefix('#').unwrap();
            char::from_u32(number.parse().unwrap()).unwrap()
        }
    }
}
