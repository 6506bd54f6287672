// What the page says, in each of its languages.

export const TEXTS = {
  en: {
    skip: "To the plugins", language: "Language", open: "Open in Media Station X",
    checkUpdates: "Check for updates", restart: "Restart plugins", plugins: "Plugins",
    none: "No plugin is installed yet.", drop: "Drop a package (NAME.PPP.tgz) here, or",
    install: "Install a plugin…", settings: "Settings", cancel: "Cancel", save: "Save",
    remove: "Remove", ok: "runs", torrent: "needs TorrServer", bad: "error", yes: "Yes",
    removeAsk: "Remove the plugin “%”? Its files are deleted.",
    installAsk: "Install “%”? Its scripts will run on this server, may reach your network and the internet, and write files into the plugin's folder.",
    replaceAsk: "“%” is installed already. Replace it?",
    restartAsk: "Start all plugins of ServeMSX anew? What they keep in memory is lost.",
    tokenAsk: "This needs an administrator. Enter a token (jackfield token create):",
    send: "Send", done: "Done.", installed: "“%” is installed.", removed: "“%” is removed.",
    notTgz: "“%” is no package: its name must end with .tgz.",
    badName: "“%” must be named NAME.PPP.tgz, with three digits for the engine version.",
    newer: "“%” needs a newer engine version than this server has (%).",
    error: "Error", up: "up", memory: "memory", offline: "The server does not answer.",
    Video: "Video folder", Music: "Music folder", Photo: "Photo folder",
    Background: "Background picture's file name", TorrServer: "TorrServer (IP:PORT)",
    FFmpeg: "ffmpeg", FFprobe: "ffprobe", FFstream: "Port for ffmpeg streams",
  },
  ru: {
    skip: "К плагинам", language: "Язык", open: "Открыть в Media Station X",
    checkUpdates: "Проверить обновления", restart: "Перезапустить плагины", plugins: "Плагины",
    none: "Пока нет ни одного плагина.", drop: "Перетащите сюда пакет (ИМЯ.PPP.tgz) или",
    install: "Установить плагин…", settings: "Настройки", cancel: "Отмена", save: "Сохранить",
    remove: "Удалить", ok: "работает", torrent: "нужен TorrServer", bad: "ошибка", yes: "Да",
    removeAsk: "Удалить плагин «%»? Его файлы будут стёрты.",
    installAsk: "Установить «%»? Его сценарии будут работать на этом сервере, смогут обращаться к вашей сети и интернету и писать файлы в папку плагина.",
    replaceAsk: "Плагин «%» уже установлен. Заменить его?",
    restartAsk: "Запустить все плагины ServeMSX заново? То, что они держат в памяти, пропадёт.",
    tokenAsk: "Это может только администратор. Введите токен (jackfield token create):",
    send: "Отправить", done: "Готово.", installed: "Плагин «%» установлен.", removed: "Плагин «%» удалён.",
    notTgz: "«%» — не пакет: имя должно оканчиваться на .tgz.",
    badName: "«%» должен называться ИМЯ.PPP.tgz, где PPP — три цифры версии движка.",
    newer: "«%» требует более новой версии движка, чем у этого сервера (%).",
    error: "Ошибка", up: "работает", memory: "память", offline: "Сервер не отвечает.",
    Video: "Папка с видео", Music: "Папка с музыкой", Photo: "Папка с фотографиями",
    Background: "Имя файла фоновой картинки", TorrServer: "TorrServer (IP:ПОРТ)",
    FFmpeg: "ffmpeg", FFprobe: "ffprobe", FFstream: "Порт для потоков ffmpeg",
  },
};

let current = "en";

export function choose(language) {
  current = language in TEXTS ? language : "en";
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(element.dataset.text);
  }
}

/** A text, with each % replaced by the next value. */
export function text(key, ...values) {
  return TEXTS[current][key].replace(/%/g, () => values.shift() ?? "");
}

export const preferred = () => (navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en");
