CREATE TABLE products (
  id integer PRIMARY KEY,
  name text NOT NULL,
  name_ko text NOT NULL,
  price integer NOT NULL,
  stock integer NOT NULL,
  sold integer NOT NULL DEFAULT 0
);
CREATE TABLE reviews (
  id integer PRIMARY KEY,
  product_id integer NOT NULL REFERENCES products,
  stars smallint NOT NULL,
  body text NOT NULL
);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id integer NOT NULL REFERENCES products,
  quantity integer NOT NULL,
  amount integer NOT NULL,
  email text NOT NULL,
  payment_id text NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO products (id, name, name_ko, price, stock)
SELECT n,
       (ARRAY['Celadon','Walnut','Brass','Linen','Hanji','Onggi','Bamboo','Indigo'])[1 + n % 8] || ' ' ||
       (ARRAY['teapot','lamp','bowl','tray','notebook','jar','fan','cushion','stool'])[1 + n % 9] || ' ' || n,
       (ARRAY['청자','호두나무','놋','모시','한지','옹기','대나무','쪽빛'])[1 + n % 8] || ' ' ||
       (ARRAY['찻주전자','등잔','그릇','쟁반','공책','항아리','부채','방석','걸상'])[1 + n % 9] || ' ' || n,
       (5 + n * 37 % 95) * 1000,
       1000000
FROM generate_series(1, 300) AS n;

-- Nothing on `body` is indexed: that is the shop's slow query.
INSERT INTO reviews (id, product_id, stars, body)
SELECT n, 1 + n * 7919 % 300, 1 + n * 31 % 5,
       'Bought the ' || (SELECT name FROM products WHERE id = 1 + n * 7919 % 300) || ' as a gift; ' ||
       (ARRAY['arrived quickly','the box was dented','lovely colour','smaller than it looks','will buy again'])[1 + n % 5] ||
       '. ' || repeat('It stands by the window and everyone who visits asks about it. ', 2)
FROM generate_series(1, 20000) AS n;
ANALYZE;
