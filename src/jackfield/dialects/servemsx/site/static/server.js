// Requests to the server, relative to the page: it may lie below a prefix.

import { text } from "./texts.js";

const TOKEN = "jackfield.servemsx.token";

export class Refused extends Error {
  constructor(status, phrase, body) {
    super(`${text("error")} ${status} ${phrase}\n${body}`.trim());
    this.status = status;
  }
}

/** askToken: asks the operator for a token, and gives it or nothing. */
export async function request(path, options = {}, askToken = async () => "") {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { ...options.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch {
    throw new Error(text("offline"));
  }
  if (answer.ok) return answer;
  if (answer.status === 403) {
    const entered = await askToken();
    if (entered) {
      sessionStorage.setItem(TOKEN, entered);
      return request(path, options);
    }
  }
  throw new Refused(answer.status, answer.statusText, await answer.text());
}

export const post = (path, data, askToken) =>
  request(path, { method: "POST", body: JSON.stringify({ data }) }, askToken);
