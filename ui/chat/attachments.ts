/** Images that a person adds to a message. */

export type Attachment = { readonly name: string; readonly media_type: string; /** base64 */ readonly data: string };

const TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const BYTES_MAX = 8 * 1024 * 1024;

/** Those that agents take, read; and the names of the others. */
export async function readImages(files: Iterable<File>): Promise<{ read: Attachment[]; refused: string[] }> {
  const all = [...files];
  const good = all.filter(({ type, size }) => TYPES.has(type) && size <= BYTES_MAX);
  const read = await Promise.all(
    good.map(async (file) => ({ name: file.name, media_type: file.type, data: base64(await file.arrayBuffer()) })),
  );
  return { read, refused: all.filter((file) => !good.includes(file)).map(({ name }) => name) };
}

/** In pieces: one call with millions of arguments is refused. */
function base64(buffer: ArrayBuffer): string {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
