# Imports of learners' files.
nav-imports = Imports
nav-imports-about = Bring in many learners from a file, and see what was refused.
imports-title = Imports
imports-search = A part of the file’s name
imports-missed = No import fits
imports-missed-text = Show all imports to see the others.
imports-none = Nothing imported yet
imports-none-text = Import a file of learners. Rows that are wrong are named, the others are kept.
import-new-title = Import a file
import-new-text = First you see what the columns mean and what is wrong with the first rows; nothing is imported before you say so. Sending a file again doubles nobody.
import-file = File
import-file-hint = CSV in UTF-8, with the names of the columns in the first line. At most 256 MB.
import-no-file = Choose a file.
import-send = Go on
import-columns = Columns of the file
import-columns-text = In any order, with commas or semicolons between them. Each row needs an ID number or another ID. The names of the NLRD and SETMIS, such as National_Id, are understood too, and common ones such as Surname or Date of birth. For any other name you choose on the next page what it means.
import-needed = Needed
import-others = As far as they are known
import-title = Import
import-unnamed = File without a name
import-state = State
import-running = Running
import-finished = Finished
import-stopped = Stopped
import-running-text = Rows are still coming in. You may leave this page and come back; it loads itself again.
import-dead = This import stopped in the middle
import-dead-text = The server stopped before the file was read. Send the same file again to add the rest: nobody is doubled.
import-counts = { $kept } kept, { $refused } refused
import-read = Rows read
import-kept = Kept
import-refused = Refused
import-warnings = To compare
import-at = Begun
import-failures = Refused rows
import-stopped-at = The file stopped at line { $line }
import-stopped-text = Rows before it were looked at: those that were right are kept. Correct the file and send it again; nothing is doubled.
import-no-failure = No row was refused.
import-failures-text = Correct these rows in your file and send it again. Numbers are masked in the download.
import-line = Line
import-wrong = What is wrong
import-line-number = Line { $line }
import-whole-row = whole row
import-waiting = Waits for you
import-given-up = Not imported
import-waits = Nothing was imported yet
import-waits-text = Say what the columns mean, and import the file. It is kept, encrypted, for a day.
import-gone = The file is no longer kept
import-gone-text = It waited for a day, and nothing was imported. Send it again.
columns-title = Check the columns
columns-text = This is how { $file } is understood. Nothing was imported yet.
columns-missing = Some columns are needed and were not found:
columns-twice = Some columns are chosen twice:
columns-choose = Choose below which column of your file each of them is. If your file does not have it, add it there and send the file again.
columns-good = The first rows are in order
columns-good-text = { $rows ->
    [one] One row was looked at, and nothing is wrong with it.
   *[other] { $rows } rows were looked at, and nothing is wrong with them.
  } Whether somebody is registered already is known when they are imported.
columns-wrong = { $wrong } of { $rows } rows would be refused
columns-wrong-text = You can import the file all the same: good rows are kept, wrong ones are named afterwards, and you correct only these.
columns-reason = { $rows ->
    [one] one row, line { $line }
   *[other] { $rows } rows, the first on line { $line }
  }
columns-more = The file has more rows; the first { $rows } of them were looked at.
columns-caption = { $left ->
    [0] Columns of the file
    [one] Columns of the file. One is left out.
   *[other] Columns of the file. { $left } are left out.
  }
columns-heading = In your file
columns-samples = First rows
columns-meaning = What it is
columns-unnamed = Column { $number }
columns-empty = empty
columns-leave-out = Leave out
columns-import = Import
columns-look = Check again
columns-give-up-text = If this is the wrong file, do not import it: it is removed, and nothing of it is kept.
columns-give-up = Do not import
