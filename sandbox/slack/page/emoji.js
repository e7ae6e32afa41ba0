// Emoji names a message may use; an unknown name is shown as written.

const GLYPHS = {
  alarm_clock: "⏰", arrow_right: "➡️", arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️", bar_chart: "📊", bell: "🔔",
  bookmark: "🔖", bulb: "💡", bust_in_silhouette: "👤", calendar: "📅", card_index_dividers: "🗂️", chart_with_upwards_trend: "📈",
  clipboard: "📋", closed_lock_with_key: "🔐", detective: "🕵️", dart: "🎯", double_vertical_bar: "⏸️", email: "📧", envelope: "✉️",
  exclamation: "❗", eyes: "👀", file_folder: "📁", fire: "🔥", gear: "⚙️", globe_with_meridians: "🌐", heavy_check_mark: "✔️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", house: "🏠", information_source: "ℹ️", key: "🔑", label: "🏷️",
  large_blue_circle: "🔵", large_green_circle: "🟢", large_orange_circle: "🟠", large_red_circle: "🔴", large_yellow_circle: "🟡",
  link: "🔗", lock: "🔒", mag: "🔍", mag_right: "🔎", mega: "📣", memo: "📝", no_entry: "⛔", no_entry_sign: "🚫", no_bell: "🔕",
  octagonal_sign: "🛑", package: "📦", page_facing_up: "📄", paperclip: "📎", pencil: "✏️", pushpin: "📌", question: "❓",
  repeat: "🔁", rocket: "🚀", rotating_light: "🚨", satellite: "🛰️", scroll: "📜", shield: "🛡️", skull: "💀", smile: "😄",
  snail: "🐌", sparkles: "✨", speech_balloon: "💬", star: "⭐", stopwatch: "⏱️", tada: "🎉", telephone_receiver: "📞",
  thumbsdown: "👎", thumbsup: "👍", "+1": "👍", "-1": "👎", triangular_flag_on_post: "🚩", unlock: "🔓", warning: "⚠️", wave: "👋",
  wastebasket: "🗑️", white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌", zap: "⚡",
};

/** The glyph for a name such as `warning`, or null. */
export const glyph = (name) => (Object.hasOwn(GLYPHS, name) ? GLYPHS[name] : null);
