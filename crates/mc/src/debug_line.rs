//! `.debug_line` from recorded line rows.

use crate::directive::DwarfFile;
use crate::layout::Layout;
use crate::object::ObjectStreamer;
use lathe_diag::Loc;

impl ObjectStreamer {
    /// Records a file.
    pub(crate) fn record_file(&mut self, file: DwarfFile, loc: Loc) {
        if let Some(number) = file.number
            && let Some(known) = self.files.iter().find(|known| known.number == Some(number))
        {
            if *known != file {
                self.error(loc, format!("file number {number} already allocated"));
            }
            return;
        }
        self.files.push(file);
    }

    /// Gives view symbols their numbers; whether there are any.
    pub(crate) fn number_views(&mut self, _layout: &Layout) -> bool {
        false
    }

    /// Writes `.debug_line`.
    pub(crate) fn write_debug_line(&mut self, _layout: &Layout) {
        if let Some(first) = self.lines.first() {
            let _ = first.row;
            self.error(Loc::NONE, "line tables are not supported yet");
        }
    }
}
