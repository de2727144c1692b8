//! The visitor's device: the width of the screen, light or dark, with or without JavaScript.

use std::path::Path;

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

#[derive(Clone, Copy)]
pub struct Device {
    screen: Screen,
    scheme: Scheme,
    scripts: Scripts,
}

#[derive(Clone, Copy)]
enum Screen {
    Desktop,
    Phone,
}

#[derive(Clone, Copy)]
enum Scheme {
    Light,
    Dark,
}

#[derive(Clone, Copy)]
enum Scripts {
    On,
    Off,
}

impl Device {
    /// 1280 pixels wide, light, with JavaScript.
    pub fn desktop() -> Self {
        Self {
            screen: Screen::Desktop,
            scheme: Scheme::Light,
            scripts: Scripts::On,
        }
    }

    /// 390 pixels wide.
    pub fn phone() -> Self {
        Self {
            screen: Screen::Phone,
            ..Self::desktop()
        }
    }

    pub fn dark(self) -> Self {
        Self {
            scheme: Scheme::Dark,
            ..self
        }
    }

    pub fn without_javascript(self) -> Self {
        Self {
            scripts: Scripts::Off,
            ..self
        }
    }

    pub fn width(self) -> u32 {
        match self.screen {
            Screen::Desktop => 1280,
            Screen::Phone => 390,
        }
    }

    pub fn has_javascript(self) -> bool {
        matches!(self.scripts, Scripts::On)
    }

    /// For a session with a profile of its own, which reaches 127.0.0.1 and no other host. `clips.test` is that too: an
    /// origin that browsers do not trust more than others over plain HTTP.
    pub(super) fn capabilities(self, browser: &Path) -> Capabilities {
        let mut arguments = vec![
            "--headless=new",
            "--window-size=1280,1000",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP clips.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ];
        if nix::unistd::geteuid().is_root() {
            arguments.push("--no-sandbox");
        }
        let javascript = match self.scripts {
            Scripts::On => 1,
            Scripts::Off => 2,
        };
        let options = json!({
            "binary": browser,
            "args": arguments,
            "prefs": {"profile.managed_default_content_settings.javascript": javascript},
        });
        Capabilities::from_iter([
            ("goog:chromeOptions".to_owned(), options),
            (
                "goog:loggingPrefs".to_owned(),
                json!({"browser": "WARNING"}),
            ),
            (
                "timeouts".to_owned(),
                json!({"pageLoad": 30_000, "script": 30_000}),
            ),
        ])
    }

    /// Set through the DevTools protocol, since a headless window is never narrow and never dark.
    pub(super) fn emulation(self) -> [(&'static str, Value); 2] {
        let (height, mobile) = match self.screen {
            Screen::Desktop => (900, false),
            Screen::Phone => (844, true),
        };
        let scheme = match self.scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        [
            (
                "Emulation.setDeviceMetricsOverride",
                json!({"width": self.width(), "height": height, "deviceScaleFactor": 1, "mobile": mobile}),
            ),
            (
                "Emulation.setEmulatedMedia",
                json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
            ),
        ]
    }
}
